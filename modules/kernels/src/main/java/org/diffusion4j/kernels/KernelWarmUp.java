package org.diffusion4j.kernels;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.diffusion4j.kernels.Kernels.Activation;

/**
 * Runs the loops of a forward pass on small arrays, so that the JVM compiles them while a model is read, and not while the first
 * pictures wait: a loop by vectors that isn't compiled takes some hundred times as long. All their branches are taken,
 * since the JVM compiles none that it hasn't seen, and begins again when it meets one. How often is enough depends on the JVM's
 * thresholds, which the command line's launcher lowers for these loops.
 */
public final class KernelWarmUp {
    private static final int ROUNDS = 100;
    private static final int TILES = 3;
    private static final int CHANNELS = 32;
    /** Winograd's transforms process 64 channels at a time, and then the others. */
    private static final int MORE_CHANNELS = 96;

    private static final int PIXELS = 4 * TILES * 4 * TILES;

    private final Kernels kernels;
    private final ByteBuffer x = buffer(PIXELS * MORE_CHANNELS);
    private final ByteBuffer y = buffer(PIXELS * MORE_CHANNELS);
    private final ByteBuffer numbers = buffer(36 * plane(MORE_CHANNELS));
    private final ByteBuffer scores = buffer(2 * 64);
    private final float[] ofRows = new float[2];
    private final float[] sums = new float[CHANNELS];
    private final float[] squares = new float[CHANNELS];
    private final float[] scale = new float[CHANNELS];
    private final float[] shift = new float[CHANNELS];

    private KernelWarmUp(Kernels kernels) {
        this.kernels = kernels;
    }

    /** Begins on a thread of its own, which takes less than a second; does nothing where kernels are plain loops. */
    public static void begin() {
        Thread thread = new Thread(KernelWarmUp::run, "diffusion4j-warm-up");
        thread.setDaemon(true);
        thread.start();
    }

    /** Does it on this thread. */
    static void run() {
        Kernels kernels = Kernels.best();
        if (kernels.areVectors()) {
            KernelWarmUp all = new KernelWarmUp(kernels);
            for (int round = 0; round < ROUNDS; round++) {
                all.run(round);
            }
        }
    }

    private static ByteBuffer buffer(int length) {
        return ByteBuffer.allocateDirect(Float.BYTES * length).order(ByteOrder.nativeOrder());
    }

    private static int plane(int channels) {
        return TILES * TILES * channels;
    }

    private void run(int round) {
        kernels.columnSums(x, 0, 8, CHANNELS, sums, squares);
        kernels.affine(x, 0, y, 0, 8, CHANNELS, scale, shift, Activation.SILU);
        kernels.affine(x, 0, y, 0, 8, CHANNELS, scale, shift, Activation.NONE);
        kernels.add(x, y, y, 128);
        kernels.silu(x, y, 64);
        kernels.copyColumns(x, 0, 64, y, 0, 64, 4, 64);
        kernels.softmaxPiece(scores, 2, 64, ofRows, sums, squares);
        for (WinogradForm form : WinogradForm.values()) {
            winograd(form, round);
        }
    }

    /** Tiles in the middle of an image and at its edges, which may end within the image or beyond it. */
    private void winograd(WinogradForm form, int round) {
        int channels = round % 4 == 3 ? MORE_CHANNELS : CHANNELS;
        int doubled = form.side() / form.imageSide();
        int side = TILES * form.side() - (round % 2 == 0 ? 0 : form.side() / 2);
        kernels.winogradInput(
                form,
                x,
                0,
                new TileRows(side / doubled, side / doubled, channels, 0, TILES, 0, plane(channels)),
                numbers);
        kernels.winogradOutput(
                form,
                numbers,
                new TileRows(side, side, channels, 0, TILES, 0, plane(channels)),
                round % 3 == 0 ? null : x,
                round % 5 < 2 ? null : x,
                y,
                0);
    }
}
