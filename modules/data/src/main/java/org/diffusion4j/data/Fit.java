package org.diffusion4j.data;

import org.diffusion4j.Diffusion4jException;

/** Turns a decoded picture into the part that is kept, and that part into the values of a batch. */
final class Fit {
    /** How many lengths are kept of a picture that is cropped at random, so that a line of one pixel doesn't become huge. */
    private static final int LENGTHS_KEPT = 4;

    private static final float[] VALUES = new float[256];

    static {
        for (int i = 0; i < VALUES.length; i++) {
            VALUES[i] = i / 127.5f - 1;
        }
    }

    private Fit() {}

    /**
     * The part of a picture that is kept. The picture is resized to cover the wanted size and cropped in the middle; for
     * random crops a few lengths are kept.
     *
     * @param width the width of the resized picture
     * @param height the height of the resized picture
     * @param left the first column that is kept
     * @param top the first row that is kept
     * @param keptWidth the width of the kept part
     * @param keptHeight the height of the kept part
     */
    record Window(int width, int height, int left, int top, int keptWidth, int keptHeight) {
        /** The resizing from all columns of the file to those that are kept. */
        Resize.Taps columns(int pictureWidth) {
            return Resize.Taps.of(pictureWidth, width, left, keptWidth);
        }

        /** Likewise of rows. */
        Resize.Taps rows(int pictureHeight) {
            return Resize.Taps.of(pictureHeight, height, top, keptHeight);
        }

        /** Cuts the part out of a picture that already has only the kept columns. */
        Picture of(Picture narrowed) {
            Resize.Taps columns = Resize.Taps.of(keptWidth, keptWidth, 0, keptWidth);
            return Resize.resized(narrowed, columns, rows(narrowed.height()));
        }
    }

    static Window window(int pictureWidth, int pictureHeight, PictureOptions options) {
        int lengths = options.crop() == PictureOptions.Crop.RANDOM ? LENGTHS_KEPT : 1;
        FittedPictures.Size wanted = options.sizeOf(pictureWidth, pictureHeight);
        int width = wanted.width();
        int height = wanted.height();
        int[] size = Resize.cover(pictureWidth, pictureHeight, width, height);
        int keptWidth = (int) Math.min(size[0], (long) lengths * width);
        int keptHeight = (int) Math.min(size[1], (long) lengths * height);
        int left = Resize.centre(size[0], keptWidth);
        int top = Resize.centre(size[1], keptHeight);
        return new Window(size[0], size[1], left, top, keptWidth, keptHeight);
    }

    /** Resizes and crops a picture. */
    static Picture kept(Picture picture, PictureOptions options) {
        Window kept = window(picture.width(), picture.height(), options);
        if (kept.width == picture.width() && kept.height == picture.height()) {
            return picture.window(kept.left, kept.top, kept.keptWidth, kept.keptHeight);
        }
        return Resize.resized(picture, kept.columns(picture.width()), kept.rows(picture.height()));
    }

    /**
     * Transforms, crops and flips a picture, and gives its values in [-1, 1].
     *
     * @param random decides everything that is random
     * @param name the picture's name for error messages
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
