package org.diffusion4j.engine.read;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.samediff.SourceOp;
import org.diffusion4j.samediff.UnsupportedGraphException;

/** The readers of all kinds of ops. A kind has one reader, so that their order means nothing. */
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
     * @return classes of records
     */
    public static Set<Class<? extends Op>> made() {
        return Set.copyOf(ALL.made);
    }

    /**
     * Adds a reader.
     *
     * @param kind SameDiff's name of the op
     * @param makes the op that it is read as
     */
    void add(String kind, Class<? extends Op> makes, Reader reader) {
        made.add(makes);
        addConstant(kind, reader);
    }

    /** Adds a reader of what is the same whatever the inputs are, so that no op is left of it. */
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

    /** Refuses an op that has more operands, or fewer. */
    static void requireOperands(int count, SourceOp op) {
        op.require(op.operands().size() == count, "operands: " + count, op.operands());
    }
}
