package org.diffusion4j.engine.ir;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** The values that an op reads and makes, derived from its record as {@link Op} describes. */
final class Operands {
    private final List<Value> read = new ArrayList<>();
    private final List<Value> made = new ArrayList<>();

    private Operands(Record op) {
        for (RecordComponent component : op.getClass().getRecordComponents()) {
            Object content = content(op, component);
            if (content instanceof Value value) {
                (component.isAnnotationPresent(Made.class) ? made : read).add(value);
            } else if (content instanceof List<?> list) {
                list.stream().filter(Value.class::isInstance).forEach(value -> read.add((Value) value));
            } else if (content instanceof Op forward) {
                Operands kept = of(forward);
                read.addAll(kept.read);
                read.addAll(kept.made);
            }
        }
    }

    static Operands of(Op op) {
        return new Operands((Record) op);
    }

    List<Value> read() {
        return List.copyOf(read);
    }

    List<Value> made() {
        return List.copyOf(made);
    }

    /** The same op with other values in the places of those that it reads and makes. */
    static Op replaced(Op op, UnaryOperator<Value> by) {
        RecordComponent[] components = op.getClass().getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        Object[] contents = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            contents[i] = replaced(content((Record) op, components[i]), by);
        }
        try {
            return op.getClass().getDeclaredConstructor(types).newInstance(contents);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the constructor of " + op.getClass() + " can't be called", e);
        }
    }

    private static Object replaced(Object content, UnaryOperator<Value> by) {
        if (content instanceof Value value) {
            return by.apply(value);
        } else if (content instanceof List<?> list) {
            return list.stream().map(element -> replaced(element, by)).collect(Collectors.toCollection(ArrayList::new));
        }
        return content instanceof Op forward ? replaced(forward, by) : content;
    }

    private static Object content(Record op, RecordComponent component) {
        try {
            return component.getAccessor().invoke(op);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the accessor of " + component + " can't be called", e);
        }
    }
}
