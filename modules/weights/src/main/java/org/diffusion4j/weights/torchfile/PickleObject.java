package org.diffusion4j.weights.torchfile;

import java.util.List;

/** An object of a class that isn't known here. It is inert: what was to be done with it in Python isn't done. */
final class PickleObject {
    private final String className;
    private final List<Object> arguments;
    private Object state;

    /**
     * @param className the class or the function that would have made it
     * @param arguments what it would have been made of
     */
    PickleObject(String className, List<Object> arguments) {
        this.className = className;
        this.arguments = arguments;
    }

    String className() {
        return className;
    }

    List<Object> arguments() {
        return arguments;
    }

    /** What would have become its attributes; null if nothing would. */
    Object state() {
        return state;
    }

    void build(Object attributes) {
        state = attributes;
    }
}
