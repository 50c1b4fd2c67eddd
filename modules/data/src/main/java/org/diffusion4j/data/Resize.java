package org.diffusion4j.data;

/**
 * Resizing with an antialiased linear filter: each new pixel is the mean of the old ones that it covers, weighted by a
 * triangle. It uses the fixed-point arithmetic of Pillow's {@code Image.resize(…, BILINEAR)} and gives the same bytes.
 *
 * @see <a href="https://github.com/python-pillow/Pillow/blob/main/src/libImaging/Resample.c">Resample.c</a>
 */
final class Resize {
    private static final int PRECISION = 32 - 8 - 2;

    private Resize() {}

    /**
     * The size that just covers the wanted one: one side has exactly the wanted length, the other is rounded down.
     *
     * @return width and height
     */
    static int[] cover(int width, int height, int wantedWidth, int wantedHeight) {
        long byWidth = (long) width * wantedHeight;
        long byHeight = (long) height * wantedWidth;
        if (byWidth <= byHeight) {
            return new int[] {wantedWidth, (int) Math.max(wantedHeight, byHeight / width)};
        }
        return new int[] {(int) Math.max(wantedWidth, byWidth / height), wantedHeight};
    }

    /** The beginning of the middle part: half of the rest, rounded half to even like Python's round. */
    static int centre(int whole, int part) {
        return (int) Math.rint((whole - part) / 2.0);
    }

    /**
     * The wanted columns and rows of the resized picture; only these are computed.
     *
     * @param columns from the picture's
     * @param rows from the picture's
     */
    static Picture resized(Picture picture, Taps columns, Taps rows) {
        int windowWidth = columns.length();
        int windowHeight = rows.length();
        int channels = picture.channels();
        // The rows that the second pass reads.
        int firstRow = rows.first[0];
        int lastRow = rows.first[windowHeight - 1] + rows.count[windowHeight - 1];
        int sourceRow = picture.width() * channels;
        int row = windowWidth * channels;
        byte[] wide = new byte[Math.multiplyExact(lastRow - firstRow, row)];
        for (int y = firstRow; y < lastRow; y++) {
            columns.apply(picture.data(), y * sourceRow, wide, (y - firstRow) * row, channels);
        }
        if (rows.plain) {
            return new Picture(windowWidth, windowHeight, channels, wide);
        }
        byte[] out = new byte[windowHeight * row];
        for (int y = 0; y < windowHeight; y++) {
            int from = (rows.first[y] - firstRow) * row;
            for (int i = 0; i < row; i++) {
                out[y * row + i] = rows.apply(y, wide, from + i, row);
            }
        }
        return new Picture(windowWidth, windowHeight, channels, out);
    }

    /**
     * The old values that make up each new one, and their weights.
     *
     * @param plain whether the sizes are equal, so that values are copied
     * @param first the index of the first old value of each new one
     * @param count the number of old values of each new one
     * @param weights the weights of each new value, times 2^PRECISION
     */
    record Taps(boolean plain, int[] first, int[] count, int[][] weights) {

        /**
         * @param from the number of old values
         * @param to the number of new values in all
         * @param start the first wanted new value
         * @param length the number of wanted new values
         */
        static Taps of(int from, int to, int start, int length) {
            int[] first = new int[length];
            int[] count = new int[length];
            int[][] weights = new int[length][];
            double scale = (double) from / to;
            double filterScale = Math.max(scale, 1);
            for (int i = 0; i < length; i++) {
                if (from == to) {
                    first[i] = start + i;
                    count[i] = 1;
                    continue;
                }
                double centre = (start + i + 0.5) * scale;
                first[i] = Math.max(0, (int) (centre - filterScale + 0.5));
                count[i] = Math.min(from, (int) (centre + filterScale + 0.5)) - first[i];
                double[] exact = new double[count[i]];
                double sum = 0;
                for (int k = 0; k < count[i]; k++) {
                    exact[k] = Math.max(0, 1 - Math.abs((first[i] + k - centre + 0.5) / filterScale));
                    sum += exact[k];
                }
                weights[i] = new int[count[i]];
                for (int k = 0; k < count[i]; k++) {
                    weights[i][k] = (int) (0.5 + exact[k] / sum * (1 << PRECISION));
                }
            }
            return new Taps(from == to, first, count, weights);
        }

        /** The number of new values. */
        int length() {
            return first.length;
        }

        /** A row of pixels, each place the row's first. */
        void apply(byte[] in, int from, byte[] out, int to, int channels) {
            if (plain) {
                System.arraycopy(in, from + first[0] * channels, out, to, length() * channels);
                return;
            }
            for (int x = 0; x < length(); x++) {
                for (int c = 0; c < channels; c++) {
                    out[to + x * channels + c] = apply(x, in, from + first[x] * channels + c, channels);
                }
            }
        }

        private byte apply(int i, byte[] data, int from, int stride) {
            int sum = 1 << (PRECISION - 1);
            int[] taps = weights[i];
            for (int k = 0; k < taps.length; k++) {
                sum += (data[from + k * stride] & 255) * taps[k];
            }
            return (byte) Math.min(255, sum >> PRECISION);
        }
    }
}
