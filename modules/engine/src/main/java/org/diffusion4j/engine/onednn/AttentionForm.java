package org.diffusion4j.engine.onednn;

import org.bytedeco.dnnl.memory;
import org.diffusion4j.engine.ir.AttentionOp.Attention;
import org.diffusion4j.engine.ir.Value;

/**
 * The sizes of an attention: n images, s queries, l keys and h heads of width d. The heads are a view of [N, S, heads·d],
 * so no element is copied.
 */
record AttentionForm(long n, long s, long l, long h, long d) {
    static AttentionForm of(Attention op) {
        Value query = op.query();
        return new AttentionForm(
                query.size(0), query.size(1), op.key().size(1), op.heads(), query.size(2) / (long) op.heads());
    }

    /** A sequence as [N, heads, length, d]. */
    memory.desc heads(long length) {
        return new memory.desc(new long[] {n, h, length, d}, Primitives.F32, new long[] {length * h * d, d, h * d, 1});
    }

    /** A sequence as [N, heads, d, length]. */
    memory.desc headsTransposed(long length) {
        return new memory.desc(new long[] {n, h, d, length}, Primitives.F32, new long[] {length * h * d, d, 1, h * d});
    }

    /** The scores as [N, heads, S, L]. */
    memory.desc scores() {
        return Primitives.plain(n, h, s, l);
    }

    /** The scores, which lie in memory as [N, heads, S, L], as [N, heads, L, S]. */
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
