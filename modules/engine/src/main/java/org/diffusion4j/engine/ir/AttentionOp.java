package org.diffusion4j.engine.ir;

/** Attention with several heads, which a rewrite makes. */
public sealed interface AttentionOp extends Op {
    /**
     * softmax(q·kᵀ·scale + mask)·v.
     *
     * @param query [N, S, heads·d]
     * @param key [N, L, heads·d]
     * @param value [N, L, heads·d]
     * @param keyBias what is added to the scores of each key, [N, 1, 1, L], or null
     * @param heads the number of heads
     * @param scale the factor of the scores
     * @param causal whether query i sees only the keys 0 to i
     * @param shares the softmax, [N, heads, S, L], which the backward pass reads; null if it isn't kept, such as that of an
     *     attention {@linkplain #isInBlocks() in blocks}
     */
    record Attention(
            Value query,
            Value key,
            Value value,
            Value keyBias,
            int heads,
            double scale,
            boolean causal,
            @Made Value shares)
            implements AttentionOp {
        /** The largest number of scores per image that stay in a processor's cache: 2 MB. */
        private static final long SMALL = 1L << 19;

        /**
         * Whether the scores are computed for some queries at a time, and computed again for the gradients. That is so if
         * an image has too many of them to keep, and with a mask, which is added to a block at a time. The size of the
         * batch doesn't matter, since an image's result must not depend on it.
         *
         * @return true if [heads, S, L] is never kept as a whole
         */
        public boolean isInBlocks() {
            return keyBias != null || causal || (long) heads * query.size(1) * key.size(1) > SMALL;
        }

        /**
         * The same op, but with its softmax kept.
         *
         * @param kept gets the softmax
         * @return a new op
         */
        public Attention withShares(Value kept) {
            return new Attention(query, key, value, keyBias, heads, scale, causal, kept);
        }
    }

    /**
     * The gradients of the query, the key and the value.
     *
     * @param forward the attention
     * @param dy the gradient of its result
     * @param dKey the gradient of the key
     * @param dValue the gradient of the value
     */
    record AttentionGradient(Attention forward, Value dy, @Made Value dKey, @Made Value dValue)
            implements AttentionOp {}
}
