package org.diffusion4j.data.webp;

/** A frame's brightness and colour in whole macroblocks; the colour has half the width and height. */
final class Vp8Planes {
    private static final int FRACTION = 6;

    private final int width;
    private final int height;
    final Vp8Plane y;
    final Vp8Plane u;
    final Vp8Plane v;

    Vp8Planes(int width, int height) {
        this.width = width;
        this.height = height;
        this.y = plane(16);
        this.u = plane(8);
        this.v = plane(8);
    }

    private Vp8Plane plane(int size) {
        int stride = macroblocks(width) * size;
        return new Vp8Plane(new byte[stride * macroblocks(height) * size], stride, size);
    }

    static int macroblocks(int pixels) {
        return (pixels + 15) / 16;
    }

    /**
     * Computes the colours of a row. The chroma is interpolated with weights of 9, 3, 3 and 1 of 16 and rounded as in libwebp.
     *
     * @param argb gets the colours; its alpha isn't changed
     */
    void row(int row, int[] argb) {
        byte[] brightness = y.pixels();
        byte[] blue = u.pixels();
        byte[] red = v.pixels();
        int chromaStride = u.stride();
        int near = row / 2 * chromaStride;
        int rows = (height + 1) / 2;
        int far = Math.max(0, Math.min(rows - 1, row / 2 + (row % 2 == 0 ? -1 : 1))) * chromaStride;
        int luma = row * y.stride();
        int columns = (width + 1) / 2;
        for (int x = 0; x < width; x++) {
            int nearer = x / 2;
            int farther = nearer + (x % 2 == 0 ? -1 : 1);
            if (farther < 0 || farther >= columns) {
                int cb = edge(blue, near + nearer, far + nearer);
                int cr = edge(red, near + nearer, far + nearer);
                argb[x] = (argb[x] & 0xFF000000) | rgb(brightness[luma + x] & 255, cb, cr);
            } else {
                int cb = inner(blue, near, far, nearer, farther);
                int cr = inner(red, near, far, nearer, farther);
                argb[x] = (argb[x] & 0xFF000000) | rgb(brightness[luma + x] & 255, cb, cr);
            }
        }
    }

    private static int edge(byte[] plane, int near, int far) {
        return (3 * (plane[near] & 255) + (plane[far] & 255) + 2) >> 2;
    }

    private static int inner(byte[] plane, int near, int far, int nearer, int farther) {
        int a = plane[near + nearer] & 255;
        int b = plane[near + farther] & 255;
        int c = plane[far + nearer] & 255;
        int d = plane[far + farther] & 255;
        int diagonal = (a + b + c + d + 8 + 2 * (b + c)) >> 3;
        return (a + diagonal) >> 1;
    }

    /** Converts from the video range of ITU-R 601, in libwebp's fixed point. */
    private static int rgb(int y, int u, int v) {
        int bright = (y * 19077) >> 8;
        int red = bright + ((v * 26149) >> 8) - 14234;
        int green = bright - ((u * 6419) >> 8) - ((v * 13320) >> 8) + 8708;
        int blue = bright + ((u * 33050) >> 8) - 17685;
        return byteOf(red) << 16 | byteOf(green) << 8 | byteOf(blue);
    }

    private static int byteOf(int value) {
        return Math.max(0, Math.min(255, value >> FRACTION));
    }
}
