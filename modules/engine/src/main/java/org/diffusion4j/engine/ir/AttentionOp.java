package org.diffusion4j.engine.ir;

/** Attention over heads; made by a rewrite. */
public sealed interface AttentionOp extends Op {
    /**
     * softmax(q·kᵀ·scale)·v.
     *
     * @param query [N, S, heads·d]
     * @param key [N, L, heads·d]
     * @param value [N, L, heads·d]
     * @param heads how many
     * @param scale of the scores
     * @param shares the softmax, [N, heads, S, L], which the backward pass reads; or null
     */
    record Attention(Value query, Value key, Value value, int heads, double scale, @Made Value shares)
            implements AttentionOp {
        /**
         * The same, but its softmax is kept.
         *
         * @param kept gets it
         * @return another op
         */
        public Attention withShares(Value kept) {
            return new Attention(query, key, value, heads, scale, kept);
        }
    }

    /**
     * The gradient of the query, and those of key and value.
     *
     * @param forward the attention
     * @param dy of its result
     * @param dKey of the key
     * @param dValue of the value
     */
    record AttentionGradient(Attention forward, Value dy, @Made Value dKey, @Made Value dValue)
            implements AttentionOp {}
}
