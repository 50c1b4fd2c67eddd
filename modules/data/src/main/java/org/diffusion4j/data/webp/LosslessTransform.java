package org.diffusion4j.data.webp;

import java.util.Arrays;

/** A transform that an encoder applied to the pixels before coding. It is undone in place: RFC 9649, section 3.5. */
sealed interface LosslessTransform {
    int BLACK = 0xFF000000;

    /** The number of pixels per row before the transform is undone. */
    int codedWidth();

    void undo(int[] pixels, int height);

    /**
     * Pixels are stored as their differences from a prediction by their neighbours.
     *
     * @param bits a block has 2^bits pixels per side
     * @param blocks pixels whose green is the predictor of each block
     */
    record Predictor(int codedWidth, int bits, int[] blocks) implements LosslessTransform {
        @Override
        public void undo(int[] pixels, int height) {
            int width = codedWidth;
            int columns = (width + (1 << bits) - 1) >> bits;
            pixels[0] = sum(pixels[0], BLACK);
            for (int x = 1; x < width; x++) {
                pixels[x] = sum(pixels[x], pixels[x - 1]);
            }
            for (int y = 1; y < height; y++) {
                int row = y * width;
                pixels[row] = sum(pixels[row], pixels[row - width]);
                for (int x = 1; x < width; ) {
                    int mode = blocks[(y >> bits) * columns + (x >> bits)] >> 8 & 15;
                    int end = Math.min(width, ((x >> bits) + 1) << bits);
                    for (; x < end; x++) {
                        int at = row + x;
                        pixels[at] = sum(pixels[at], predicted(mode, pixels, at, at - width));
                    }
                }
            }
        }

        private static int predicted(int mode, int[] p, int at, int above) {
            return switch (mode) {
                case 1 -> p[at - 1];
                case 2 -> p[above];
                case 3 -> p[above + 1];
                case 4 -> p[above - 1];
                case 5 -> mean(mean(p[at - 1], p[above + 1]), p[above]);
                case 6 -> mean(p[at - 1], p[above - 1]);
                case 7 -> mean(p[at - 1], p[above]);
                case 8 -> mean(p[above - 1], p[above]);
                case 9 -> mean(p[above], p[above + 1]);
                case 10 -> mean(mean(p[at - 1], p[above - 1]), mean(p[above], p[above + 1]));
                case 11 -> select(p[at - 1], p[above], p[above - 1]);
                case 12 -> full(p[at - 1], p[above], p[above - 1]);
                case 13 -> half(mean(p[at - 1], p[above]), p[above - 1]);
                default -> BLACK;
            };
        }

        /** Byte by byte. */
        private static int mean(int a, int b) {
            return ((a ^ b) >>> 1 & 0x7F7F7F7F) + (a & b);
        }

        /** The one of the two pixels that is nearer to left + above - corner. */
        private static int select(int left, int above, int corner) {
            int byLeft = 0;
            int byAbove = 0;
            for (int shift = 0; shift < 32; shift += 8) {
                int c = corner >>> shift & 255;
                byLeft += Math.abs((above >>> shift & 255) - c);
                byAbove += Math.abs((left >>> shift & 255) - c);
            }
            return byLeft < byAbove ? left : above;
        }

        private static int full(int left, int above, int corner) {
            int out = 0;
            for (int shift = 0; shift < 32; shift += 8) {
                int value = (left >>> shift & 255) + (above >>> shift & 255) - (corner >>> shift & 255);
                out |= clamp(value) << shift;
            }
            return out;
        }

        private static int half(int mean, int corner) {
            int out = 0;
            for (int shift = 0; shift < 32; shift += 8) {
                int value = mean >>> shift & 255;
                out |= clamp(value + (value - (corner >>> shift & 255)) / 2) << shift;
            }
            return out;
        }

        private static int clamp(int value) {
            return Math.max(0, Math.min(255, value));
        }
    }

    /**
     * Red and blue are stored as differences from a prediction by green and red.
     *
     * @param blocks pixels with three factors per block, which are signed 32nds
     */
    record Colour(int codedWidth, int bits, int[] blocks) implements LosslessTransform {
        @Override
        public void undo(int[] pixels, int height) {
            int columns = (codedWidth + (1 << bits) - 1) >> bits;
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < codedWidth; x++) {
                    int factors = blocks[(y >> bits) * columns + (x >> bits)];
                    int at = y * codedWidth + x;
                    int pixel = pixels[at];
                    byte green = (byte) (pixel >> 8);
                    int red = (pixel >> 16) + part(factors, green) & 255;
                    int blue = pixel + part(factors >> 8, green) + part(factors >> 16, (byte) red) & 255;
                    pixels[at] = (pixel & 0xFF00FF00) | red << 16 | blue;
                }
            }
        }

        private static int part(int factor, byte value) {
            return ((byte) factor * value) >> 5;
        }
    }

    /** Red and blue are stored as differences from green. */
    record AddGreen(int codedWidth) implements LosslessTransform {
        @Override
        public void undo(int[] pixels, int height) {
            for (int i = 0; i < codedWidth * height; i++) {
                int green = pixels[i] >> 8 & 255;
                pixels[i] = (pixels[i] & 0xFF00FF00) | ((pixels[i] & 0x00FF00FF) + (green << 16 | green) & 0x00FF00FF);
            }
        }
    }

    /**
     * Pixels are stored as indices into a table; if the table is small, one stored pixel has several indices.
     *
     * @param shift a stored pixel has the indices of 2^shift pixels
     * @param colours the table, with as many colours as an index can have values
     */
    record Palette(int width, int shift, int[] colours) implements LosslessTransform {
        /** @param differences each colour minus the one before it */
        static Palette of(int width, int[] differences) {
            int count = differences.length;
            int shift = count > 16 ? 0 : count > 4 ? 1 : count > 2 ? 2 : 3;
            int[] colours = Arrays.copyOf(differences, 1 << (8 >> shift));
            for (int i = 1; i < count; i++) {
                colours[i] = sum(colours[i], colours[i - 1]);
            }
            return new Palette(width, shift, colours);
        }

        @Override
        public int codedWidth() {
            return (width + (1 << shift) - 1) >> shift;
        }

        /** This goes backwards, since the result has at least as many pixels as are stored. */
        @Override
        public void undo(int[] pixels, int height) {
            int bits = 8 >> shift;
            for (int y = height - 1; y >= 0; y--) {
                for (int x = width - 1; x >= 0; x--) {
                    int packed = pixels[y * codedWidth() + (x >> shift)] >> 8;
                    int place = packed >> ((x & (1 << shift) - 1) * bits) & colours.length - 1;
                    pixels[y * width + x] = colours[place];
                }
            }
        }
    }

    /** Byte by byte, without carry. */
    private static int sum(int a, int b) {
        return ((a & 0xFF00FF00) + (b & 0xFF00FF00) & 0xFF00FF00) | ((a & 0x00FF00FF) + (b & 0x00FF00FF) & 0x00FF00FF);
    }
}
