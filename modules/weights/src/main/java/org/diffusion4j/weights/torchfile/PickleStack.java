package org.diffusion4j.weights.torchfile;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The values that a pickle has made and not used yet, with marks among them. What is below the last mark can't be reached. */
final class PickleStack {
    private static final int MOST = 1 << 20;

    private final PickleInput input;
    private final List<Object> values = new ArrayList<>();
    private int[] marks = new int[16];
    private int markCount;

    PickleStack(PickleInput input) {
        this.input = input;
    }

    void push(Object value) {
        if (values.size() == MOST) {
            throw input.fault("expected " + MOST + " values at once at most, found more");
        }
        values.add(value);
    }

    private void require(int count) {
        int reachable = values.size() - (markCount == 0 ? 0 : marks[markCount - 1]);
        if (reachable < count) {
            throw input.fault("expected a value to use, found none");
        }
    }

    Object pop() {
        require(1);
        return values.remove(values.size() - 1);
    }

    Object peek() {
        require(1);
        return values.get(values.size() - 1);
    }

    /** The uppermost values, in the order in which they came. */
    List<Object> pop(int count) {
        require(count);
        return cut(values.size() - count);
    }

    private List<Object> cut(int from) {
        List<Object> above = values.subList(from, values.size());
        List<Object> copy = Arrays.asList(above.toArray());
        above.clear();
        return copy;
    }

    void mark() {
        if (markCount == MOST) {
            throw input.fault("expected " + MOST + " marks at once at most, found more");
        }
        if (markCount == marks.length) {
            marks = Arrays.copyOf(marks, 2 * markCount);
        }
        marks[markCount++] = values.size();
    }

    /** Whether there is no value above the last mark, so that it is the mark that the next pop takes. */
    boolean isMarkNext() {
        return markCount > 0 && marks[markCount - 1] == values.size();
    }

    /** Takes all values above the last mark, and the mark. */
    List<Object> popMark() {
        if (markCount == 0) {
            throw input.fault("expected a mark, found none");
        }
        return cut(marks[--markCount]);
    }
}
