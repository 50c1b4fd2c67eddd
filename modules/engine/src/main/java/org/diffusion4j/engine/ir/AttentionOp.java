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
     * @param shares the softmax, [N, heads, S, L], which the backward pass reads; null where nothing is kept, as of one
     *     that {@linkplain #isLarge() is large}
     */
    record Attention(Value query, Value key, Value value, int heads, double scale, @Made Value shares)
            implements AttentionOp {
        /** Elements of an image's scores, 2 MB, up to which they stay in a processor's cache. */
        private static final long SMALL = 1L << 19;

        /**
         * Whether an image's scores are so many that they are made for some queries at a time, and made again for the
         * gradients. An image's result doesn't depend on how many there are, so the batch doesn't count.
         *
         * @return true if nobody holds [heads, S, L]
         */
        public boolean isLarge() {
            return (long) heads * query.size(1) * key.size(1) > SMALL;
        }

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
