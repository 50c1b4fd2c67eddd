package org.diffusion4j.weights.torchfile;

/**
 * The name of a class or a function in Python. It is never looked up.
 *
 * @param module such as {@code torch._utils}
 * @param name such as {@code _rebuild_tensor_v2}
 */
record PickleGlobal(String module, String name) {
    /** The whole name, as Python 3 has it. */
    String fullName() {
        return (module.equals("__builtin__") ? "builtins" : module) + "." + name;
    }
}
