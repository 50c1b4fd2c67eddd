package org.diffusion4j.weights.torchfile;

import java.nio.file.Path;
import java.util.AbstractMap;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.weights.file.FileFault;

/**
 * All that can be reached from a pickle's value through dicts, lists and tuples, by its path: keys and indexes joined by
 * {@code /}. Values may hold themselves or each other many times over, so the way is bounded.
 */
final class TorchPaths {
    private static final int DEEPEST = 100;
    private static final int LONGEST_PATH = 2000;

    /** Of all paths together on the heap, by estimate. */
    private static final long MOST_BYTES = 48L << 20;

    /** What a path takes beside its characters. */
    private static final int PATH_BYTES = 160;

    /** How often a container is gone through once more, by another path. */
    private static final int MOST_REPEATED = 10_000;

    /** The container of a network's parameters that older text embeddings are in: an object with a dict of tensors. */
    private static final String PARAMETER_DICT = "torch.nn.modules.container.ParameterDict";

    private final Path file;
    private final Map<String, TorchTensor> tensors = new LinkedHashMap<>();
    private final Map<String, String> unreadable = new LinkedHashMap<>();
    private final Map<String, Object> plain = new LinkedHashMap<>();
    private final Map<String, String> unknown = new LinkedHashMap<>();
    private final Map<String, TensorDict> dicts = new LinkedHashMap<>();
    private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<Object> open = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Deque<Level> levels = new ArrayDeque<>();
    private long bytes;
    private int repeated;

    /**
     * A container that is being gone through.
     *
     * @param prefix what the paths of its values begin with
     */
    private record Level(Object container, String path, String prefix, Iterator<? extends Map.Entry<?, ?>> rest) {}

    private TorchPaths(Path file) {
        this.file = file;
    }

    /** @param top the pickle's value, which is a container */
    static TorchPaths of(Path file, Object top) {
        TorchPaths paths = new TorchPaths(file);
        paths.visit("", top);
        while (!paths.levels.isEmpty()) {
            paths.next();
        }
        return paths;
    }

    /** Tensors by their paths, in the order in which they come. */
    Map<String, TorchTensor> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    /** What kind of tensor stands at each path at which there is one that isn't read here. */
    Map<String, String> unreadable() {
        return Collections.unmodifiableMap(unreadable);
    }

    /** Texts, numbers, booleans and nulls by their paths. */
    Map<String, Object> plain() {
        return Collections.unmodifiableMap(plain);
    }

    /** The classes' names of all other objects, by their paths. */
    Map<String, String> unknown() {
        return Collections.unmodifiableMap(unknown);
    }

    /** The dicts in which tensors are, by their paths. */
    Map<String, TensorDict> dicts() {
        return Collections.unmodifiableMap(dicts);
    }

    private void next() {
        Level level = levels.peek();
        if (!level.rest().hasNext()) {
            levels.pop();
            open.remove(level.container());
            return;
        }
        Map.Entry<?, ?> entry = level.rest().next();
        boolean named = PickleDict.isStep(entry.getKey());
        String name = named ? entry.getKey().toString() : "<key " + className(entry.getKey()) + ">";
        if (name.length() > LONGEST_PATH - level.path().length()) {
            note(level.path(), "values at paths of more than " + LONGEST_PATH + " characters");
            return;
        }
        String path = level.prefix().concat(name); // no copy is made on the way
        if (!named) {
            note(path, className(entry.getValue()));
            return;
        }
        visit(path, entry.getValue());
        if (level.container() instanceof PickleDict dict && tensors.containsKey(path)) {
            dicts.computeIfAbsent(level.path(), any -> TensorDict.of(dict))
                    .paths()
                    .put(name, path);
        }
    }

    private void visit(String path, Object value) {
        bytes += path.length() + PATH_BYTES;
        if (value instanceof TorchTensor tensor) {
            if (tensors.put(path, tensor) != null || bytes > MOST_BYTES) {
                throw FileFault.in(file, path, "expected one tensor at each of a moderate number of paths, found more");
            }
        } else if (value instanceof UnreadableTensor tensor) {
            unreadable.put(path, tensor.kind());
        } else if (value == null || value instanceof String || value instanceof Number || value instanceof Boolean) {
            if (bytes <= MOST_BYTES) {
                plain.put(path, value);
            }
        } else {
            enter(path, value);
        }
    }

    private void enter(String path, Object value) {
        Object container =
                value instanceof PickleObject object && object.className().equals(PARAMETER_DICT)
                        ? parameters(object)
                        : value;
        Iterator<? extends Map.Entry<?, ?>> entries = entries(container);
        if (entries == null) {
            note(path, className(value));
        } else if (!entries.hasNext()) {
            return;
        } else if (open.contains(container)) {
            note(path, "a value that holds itself");
        } else if (levels.size() == DEEPEST) {
            note(path, "a value deep inside others");
        } else if (!seen.add(container) && (++repeated > MOST_REPEATED || bytes > MOST_BYTES)) {
            note(path, "a value that is found at many paths");
        } else {
            open.add(container);
            levels.push(new Level(container, path, levels.isEmpty() ? "" : path.concat("/"), entries));
        }
    }

    private void note(String path, String kind) {
        bytes += path.length() + PATH_BYTES;
        if (bytes <= MOST_BYTES) {
            unknown.put(path, kind);
        }
    }

    private static Object parameters(PickleObject object) {
        Object parameters =
                object.state() instanceof PickleDict state ? state.entries().get("_parameters") : null;
        return parameters instanceof PickleDict ? parameters : object;
    }

    /** Null for a value that isn't a container. */
    private static Iterator<? extends Map.Entry<?, ?>> entries(Object value) {
        if (value instanceof PickleDict dict) {
            return dict.entries().entrySet().iterator();
        } else if (value instanceof PickleList list) {
            return indexed(list.items());
        } else if (value instanceof PickleTuple tuple) {
            return indexed(tuple.items());
        }
        return null;
    }

    private static Iterator<Map.Entry<Long, Object>> indexed(List<Object> items) {
        Iterator<Object> rest = items.iterator();
        return new Iterator<>() {
            private long index;

            @Override
            public boolean hasNext() {
                return rest.hasNext();
            }

            @Override
            public Map.Entry<Long, Object> next() {
                Object item = rest.next();
                return new AbstractMap.SimpleImmutableEntry<>(index++, item);
            }
        };
    }

    /** What a value is, in Python's words. */
    static String className(Object value) {
        if (value instanceof PickleObject object) {
            return object.className();
        } else if (value instanceof PickleGlobal global) {
            return TorchType.isType(global) ? "torch.dtype" : global.fullName();
        } else if (value instanceof TorchStorage storage) {
            return "torch." + storage.type();
        } else if (value instanceof TorchTensor || value instanceof UnreadableTensor) {
            return "torch.Tensor";
        } else if (value instanceof PickleTuple) {
            return "builtins.tuple";
        } else if (value instanceof PickleList) {
            return "builtins.list";
        } else if (value instanceof PickleDict) {
            return "builtins.dict";
        } else if (value instanceof String) {
            return "builtins.str";
        } else if (value instanceof Boolean) {
            return "builtins.bool";
        } else if (value instanceof Double) {
            return "builtins.float";
        } else if (value instanceof Number) {
            return "builtins.int";
        }
        return "None";
    }
}
