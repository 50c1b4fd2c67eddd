package org.diffusion4j.training.evaluate;

/**
 * How many generated pictures could be real ones, and how many real ones could have been generated: improved precision and
 * recall (Kynkäänniemi et al. 2019, arXiv:1904.06991, section 2). A picture could be of a set if its features lie in a ball around
 * those of one of the set's pictures that reaches the third nearest of its other ones. Both grow as sets get smaller, since their
 * balls grow: only sets of the same sizes, in the same features, may be compared.
 *
 * @param precision the share of the generated pictures among the real ones, 0 to 1: how good they are
 * @param recall the share of the real pictures among the generated ones, 0 to 1: how many kinds of them there are
 * @param neighbours how many neighbours a ball reaches
 */
public record PrecisionRecall(double precision, double recall, int neighbours) {
    /** As in the paper. */
    private static final int NEIGHBOURS = 3;

    /**
     * The figures for two sets of feature vectors.
     *
     * @param generated one vector per row, with finite numbers, at least 2 rows
     * @param real the same, with the same width
     * @return both shares, by balls that reach 3 neighbours
     * @throws IllegalArgumentException if there are too few rows, or the widths differ
     */
    public static PrecisionRecall between(double[][] generated, double[][] real) {
        FrechetDistance.requireVectors(generated, real);
        return between(generated, balls(real));
    }

    /** The balls of a set that several others are compared with. */
    static Neighbourhoods balls(double[][] real) {
        return Neighbourhoods.of(real, NEIGHBOURS);
    }

    static PrecisionRecall between(double[][] generated, Neighbourhoods real) {
        return new PrecisionRecall(real.share(generated), balls(generated).share(real.vectors()), NEIGHBOURS);
    }
}
