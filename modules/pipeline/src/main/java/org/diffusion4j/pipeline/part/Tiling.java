package org.diffusion4j.pipeline.part;

import static org.diffusion4j.Requirement.require;
import static org.diffusion4j.Requirement.requireWithin;

import org.diffusion4j.graph.vae.AutoencoderKLConfig;

/**
 * How large pictures are cut into overlapping tiles, so that the memory that an autoencoder needs doesn't grow with them. The
 * result differs from that of the whole picture, since a tile knows nothing of the others.
 *
 * @param sampleSize a tile's height and width in pixels
 * @param latentSize a tile's height and width in a latent
 * @param overlap the share of a tile that the next one covers too, in [0, 1)
 */
public record Tiling(int sampleSize, int latentSize, double overlap) {
    private static final double USUAL_OVERLAP = 0.25;

    /** Checks the numbers. */
    public Tiling {
        requireWithin("tile's size", 1, Integer.MAX_VALUE, sampleSize);
        requireWithin("tile's size in a latent", 1, Integer.MAX_VALUE, latentSize);
        require(overlap >= 0 && overlap < 1, "overlap of tiles", "a share in [0, 1)", overlap);
        require(
                step(sampleSize, overlap) >= 1 && step(latentSize, overlap) >= 1,
                "overlap of tiles",
                "one that leaves a tile a row of its own",
                overlap);
    }

    /**
     * Diffusers' tiles: of the size that the autoencoder is meant for, with an overlap of a quarter.
     *
     * @param config the autoencoder's options; of a size that isn't square the height counts
     * @return the tiling
     */
    public static Tiling of(AutoencoderKLConfig config) {
        int size = config.sampleSize().height();
        return new Tiling(size, Math.max(1, size / config.sizeFactor()), USUAL_OVERLAP);
    }

    private static int step(int size, double overlap) {
        return (int) (size * (1 - overlap));
    }

    /** What encoding cuts pictures into, and what its results are blended by. */
    TileGrid encoding() {
        return grid(sampleSize, latentSize);
    }

    /** What decoding cuts latents into, and what its results are blended by. */
    TileGrid decoding() {
        return grid(latentSize, sampleSize);
    }

    private TileGrid grid(int from, int to) {
        int blend = (int) (to * overlap);
        return new TileGrid(from, step(from, overlap), blend, to - blend);
    }
}
