package org.diffusion4j.engine.onednn;

import org.bytedeco.dnnl.memory;
import org.diffusion4j.engine.ir.AttentionOp.Attention;
import org.diffusion4j.engine.ir.Value;

/**
 * The sizes of an attention: n images, s queries, l keys, h heads of width d. The heads of [N, S, heads·d] are a view: no
 * element moves.
 */
record AttentionForm(long n, long s, long l, long h, long d) {
    static AttentionForm of(Attention op) {
        Value query = op.query();
        return new AttentionForm(
                query.size(0), query.size(1), op.key().size(1), op.heads(), query.size(2) / (long) op.heads());
    }

    /** [N, heads, length, d] of a sequence. */
    memory.desc heads(long length) {
        return new memory.desc(new long[] {n, h, length, d}, Primitives.F32, new long[] {length * h * d, d, h * d, 1});
    }

    /** [N, heads, d, length] of a sequence. */
    memory.desc headsTransposed(long length) {
        return new memory.desc(new long[] {n, h, d, length}, Primitives.F32, new long[] {length * h * d, d, 1, h * d});
    }

    /** [N, heads, S, L]. */
    memory.desc scores() {
        return Primitives.plain(n, h, s, l);
    }

    /** [N, heads, L, S] of what lies as [N, heads, S, L]. */
    memory.desc scoresTransposed() {
        return Primitives.strided(new long[] {n, h, s, l}, true);
    }

    long scoreBytes() {
        return Buffer.bytes(n * h * s * l, false);
    }

    Buffer scoreBuffer() {
        return new Buffer(n * h * s * l, false, false);
    }
}
