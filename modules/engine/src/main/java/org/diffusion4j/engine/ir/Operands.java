package org.diffusion4j.engine.ir;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;

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

    private static Object content(Record op, RecordComponent component) {
        try {
            return component.getAccessor().invoke(op);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the accessor of " + component + " can't be called", e);
        }
    }
}
