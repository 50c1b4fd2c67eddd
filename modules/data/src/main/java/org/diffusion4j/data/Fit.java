package org.diffusion4j.data;

import org.diffusion4j.Diffusion4jException;

/** From a decoded picture to what is kept of it, and from that to what a batch gets. */
final class Fit {
    /** How many lengths are kept of a picture that is to be cropped at random: a 1-pixel line must not become a mile. */
    private static final int LENGTHS_KEPT = 4;

    private static final float[] VALUES = new float[256];

    static {
        for (int i = 0; i < VALUES.length; i++) {
            VALUES[i] = i / 127.5f - 1;
        }
    }

    private Fit() {}

    /**
     * What is kept of a picture: resized to cover the wanted size and cropped in the middle; for random crops, to a few
     * lengths.
     *
     * @param width of the picture, resized
     * @param height of the picture, resized
     * @param left where the part that is kept begins
     * @param top where it begins
     * @param keptWidth its width
     * @param keptHeight its height
     */
    record Window(int width, int height, int left, int top, int keptWidth, int keptHeight) {
        /** From all columns of the file to those that are kept. */
        Resize.Taps columns(int pictureWidth) {
            return Resize.Taps.of(pictureWidth, width, left, keptWidth);
        }

        /** Likewise of rows. */
        Resize.Taps rows(int pictureHeight) {
            return Resize.Taps.of(pictureHeight, height, top, keptHeight);
        }

        /** Of a picture that has just the kept columns already. */
        Picture of(Picture narrowed) {
            Resize.Taps columns = Resize.Taps.of(keptWidth, keptWidth, 0, keptWidth);
            return Resize.resized(narrowed, columns, rows(narrowed.height()));
        }
    }

    static Window window(int pictureWidth, int pictureHeight, PictureOptions options) {
        int lengths = options.crop() == PictureOptions.Crop.RANDOM ? LENGTHS_KEPT : 1;
        int width = options.width();
        int height = options.height();
        int[] size = Resize.cover(pictureWidth, pictureHeight, width, height);
        int keptWidth = (int) Math.min(size[0], (long) lengths * width);
        int keptHeight = (int) Math.min(size[1], (long) lengths * height);
        int left = Resize.centre(size[0], keptWidth);
        int top = Resize.centre(size[1], keptHeight);
        return new Window(size[0], size[1], left, top, keptWidth, keptHeight);
    }

    /** Resized and cropped as the window says. */
    static Picture kept(Picture picture, PictureOptions options) {
        Window kept = window(picture.width(), picture.height(), options);
        if (kept.width == picture.width() && kept.height == picture.height()) {
            return picture.window(kept.left, kept.top, kept.keptWidth, kept.keptHeight);
        }
        return Resize.resized(picture, kept.columns(picture.width()), kept.rows(picture.height()));
    }

    /**
     * Transformed, cropped, flipped, as values in [-1, 1].
     *
     * @param random decides on all that is random
     * @param name for an error
     */
    static void drawn(Picture picture, PictureOptions options, long random, String name, float[] values, int offset) {
        Picture changed = picture;
        if (options.transform() != null) {
            try {
                changed = kept(
                        Transformed.by(options.transform(), picture, random).withChannels(options.channels()), options);
            } catch (RuntimeException e) {
                throw new Diffusion4jException(name + ": the transform failed: " + e.getMessage(), e);
            }
        }
        int width = options.width();
        int height = options.height();
        boolean centred = options.crop() == PictureOptions.Crop.CENTRE;
        int left = changed.width() - width;
        int top = changed.height() - height;
        left = centred ? Resize.centre(changed.width(), width) : Shuffle.bounded(Shuffle.hash(random, 0, 1), left + 1);
        top = centred ? Resize.centre(changed.height(), height) : Shuffle.bounded(Shuffle.hash(random, 0, 2), top + 1);
        boolean flipped = options.flip() && Shuffle.hash(random, 0, 3) < 0;
        int channels = changed.channels();
        for (int c = 0; c < channels; c++) {
            for (int y = 0; y < height; y++) {
                int row = ((top + y) * changed.width() + left) * channels + c;
                int out = offset + (c * height + y) * width;
                for (int x = 0; x < width; x++) {
                    int from = flipped ? width - 1 - x : x;
                    values[out + x] = VALUES[changed.data()[row + from * channels] & 255];
                }
            }
        }
    }
}
