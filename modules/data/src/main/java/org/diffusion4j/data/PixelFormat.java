package org.diffusion4j.data;

import org.diffusion4j.Diffusion4jException;

/**
 * The meaning of the numbers of a DataVec reader or an ND4J iterator, such as {@code PixelFormat.unit().withShape(1, 28,
 * 28)} for rows of 784 values from 0 to 1.
 *
 * @param range the range of the values; a value outside of it is an error
 * @param bgr whether three channels are blue, green, red, as with DataVec's loaders
 * @param channelsLast whether arrays are [N, H, W, C] in place of [N, C, H, W]
 * @param channels the channels of flat rows; 0 if the arrays have the pictures' shape
 * @param height the height of flat rows, or 0
 * @param width the width of flat rows, or 0
 */
public record PixelFormat(Range range, boolean bgr, boolean channelsLast, int channels, int height, int width) {
    /** The range from black to white. */
    public enum Range {
        /** 0 to 255. */
        BYTE(0, 255),
        /** 0 to 1. */
        UNIT(0, 1),
        /** -1 to 1. */
        SIGNED(-1, 1);

        private static final float ROUNDING = 1e-4f;

        private final float least;
        private final float most;

        Range(float least, float most) {
            this.least = least;
            this.most = most;
        }

        /** Converts a value to [-1, 1]. */
        float signed(float value, String place) {
            if (!(value >= least - ROUNDING && value <= most + ROUNDING)) {
                throw new Diffusion4jException(
                        place + ": expected values from " + least + " to " + most + ", found " + value);
            }
            float within = Math.max(least, Math.min(most, value));
            return switch (this) {
                case BYTE -> within / 127.5f - 1;
                case UNIT -> within * 2 - 1;
                case SIGNED -> within;
            };
        }
    }

    /** Checks the shape. */
    public PixelFormat {
        boolean shaped = channels != 0 || height != 0 || width != 0;
        if (shaped && ((channels != 1 && channels != 3) || height < 1 || width < 1)) {
            throw new IllegalArgumentException(
                    "expected 1 or 3 channels of at least 1x1, found [" + channels + "," + height + "," + width + "]");
        }
    }

    /** Values from 0 to 255, [N, C, H, W], red first. */
    public static PixelFormat bytes() {
        return new PixelFormat(Range.BYTE, false, false, 0, 0, 0);
    }

    /** Values from 0 to 1, [N, C, H, W], red first. */
    public static PixelFormat unit() {
        return new PixelFormat(Range.UNIT, false, false, 0, 0, 0);
    }

    /** Values from -1 to 1, [N, C, H, W], red first. */
    public static PixelFormat signed() {
        return new PixelFormat(Range.SIGNED, false, false, 0, 0, 0);
    }

    /** Gives the same format with blue first. */
    public PixelFormat withBgr() {
        return new PixelFormat(range, true, channelsLast, channels, height, width);
    }

    /** Gives the same format with arrays of [N, H, W, C]. */
    public PixelFormat withChannelsLast() {
        return new PixelFormat(range, bgr, true, channels, height, width);
    }

    /** Gives the same format for flat rows, [N, C·H·W]. */
    public PixelFormat withShape(int channels, int height, int width) {
        return new PixelFormat(range, bgr, channelsLast, channels, height, width);
    }

    boolean flat() {
        return channels > 0;
    }
}
