package org.diffusion4j.engine.read;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.samediff.SourceOp;
import org.diffusion4j.samediff.UnsupportedGraphException;

/** The readers of all kinds of ops. Each kind has only one reader, so their order doesn't matter. */
public final class Readers {
    private static final Readers ALL = new Readers();

    private final Map<String, Reader> byKind = new HashMap<>();
    private final Set<Class<? extends Op>> made = new HashSet<>();

    private Readers() {
        ElementwiseReaders.addTo(this);
        ShapeReaders.addTo(this);
        ReductionReaders.addTo(this);
        ProductReaders.addTo(this);
        ConvolutionReaders.addTo(this);
        ResamplingReaders.addTo(this);
    }

    /**
     * The ops that readers make.
     *
     * @return the classes of the ops
     */
    public static Set<Class<? extends Op>> made() {
        return Set.copyOf(ALL.made);
    }

    /**
     * Adds a reader.
     *
     * @param kind SameDiff's name of the op
     * @param makes the class of the op that it is read as
     */
    void add(String kind, Class<? extends Op> makes, Reader reader) {
        made.add(makes);
        addConstant(kind, reader);
    }

    /** Adds a reader of ops whose result doesn't depend on the inputs, so that a constant replaces the op. */
    void addConstant(String kind, Reader reader) {
        if (byKind.put(kind, reader) != null) {
            throw new IllegalArgumentException("two readers of '" + kind + "'");
        }
    }

    static Reader of(SourceOp op) {
        Reader reader = ALL.byKind.get(op.kind());
        if (reader == null) {
            throw new UnsupportedGraphException(String.format(Locale.ROOT, "op '%s' (%s)", op.kind(), op.name()));
        }
        return reader;
    }

    /** Refuses an op that has more or fewer operands than expected. */
    static void requireOperands(int count, SourceOp op) {
        op.require(op.operands().size() == count, "operands: " + count, op.operands());
    }
}
