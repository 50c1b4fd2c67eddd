package org.diffusion4j.data.webp;

/** Smooths the edges of blocks: RFC 6386, section 15. */
final class Vp8LoopFilter {
    /** What a macroblock's edges may differ more than those inside. */
    private static final int OUTER = 8;

    private Vp8LoopFilter() {}

    /**
     * A macroblock's edges: left, inner upright ones, top, inner level ones.
     *
     * @param level 1 to 63
     * @param inner the 4x4 blocks' too
     */
    static void filter(Vp8Planes planes, Vp8Header header, int column, int row, int level, boolean inner) {
        int interior = interior(level, header.sharpness);
        int limit = 2 * (2 * level + interior) + 1;
        if (header.simpleFilter) {
            int stride = planes.lumaStride;
            int at = row * 16 * stride + column * 16;
            for (int x = column > 0 ? 0 : 4; x < 16 && (x == 0 || inner); x += 4) {
                simple(planes.y, at + x, 1, stride, x == 0 ? limit + OUTER : limit);
            }
            for (int y = row > 0 ? 0 : 4; y < 16 && (y == 0 || inner); y += 4) {
                simple(planes.y, at + y * stride, stride, 1, y == 0 ? limit + OUTER : limit);
            }
            return;
        }
        int variance = level >= 40 ? 2 : level >= 15 ? 1 : 0;
        plane(planes.y, planes.lumaStride, 16, column, row, limit, interior, variance, inner);
        plane(planes.u, planes.chromaStride, 8, column, row, limit, interior, variance, inner);
        plane(planes.v, planes.chromaStride, 8, column, row, limit, interior, variance, inner);
    }

    private static void plane(
            byte[] p, int stride, int size, int column, int row, int limit, int interior, int variance, boolean inner) {
        int at = row * size * stride + column * size;
        for (int x = column > 0 ? 0 : 4; x < size && (x == 0 || inner); x += 4) {
            edge(p, at + x, 1, stride, size, x == 0 ? limit + OUTER : limit, interior, variance, x == 0);
        }
        for (int y = row > 0 ? 0 : 4; y < size && (y == 0 || inner); y += 4) {
            edge(p, at + y * stride, stride, 1, size, y == 0 ? limit + OUTER : limit, interior, variance, y == 0);
        }
    }

    private static int interior(int level, int sharpness) {
        int interior = level;
        if (sharpness > 0) {
            interior = Math.min(interior >> (sharpness > 4 ? 2 : 1), 9 - sharpness);
        }
        return Math.max(1, interior);
    }

    /**
     * Sixteen pixels of an edge.
     *
     * @param across from pixel to pixel over the edge
     * @param along the edge
     */
    private static void simple(byte[] p, int at, int across, int along, int limit) {
        for (int i = 0; i < 16; i++) {
            int q = at + i * along;
            if (contrast(p, q, across) <= limit) {
                two(p, q, across);
            }
        }
    }

    private static void edge(
            byte[] p, int at, int across, int along, int size, int limit, int interior, int variance, boolean outer) {
        for (int i = 0; i < size; i++) {
            int q = at + i * along;
            if (contrast(p, q, across) > limit || !smooth(p, q, across, interior)) {
                continue;
            }
            boolean varied = step(p, q - 2 * across, across) > variance || step(p, q, across) > variance;
            if (varied) {
                two(p, q, across);
            } else if (outer) {
                six(p, q, across);
            } else {
                four(p, q, across);
            }
        }
    }

    private static int contrast(byte[] p, int at, int across) {
        int wide = Math.abs((p[at - 2 * across] & 255) - (p[at + across] & 255));
        return 4 * step(p, at - across, across) + wide;
    }

    private static boolean smooth(byte[] p, int at, int across, int interior) {
        for (int i = -4; i < 3; i++) {
            if (i != -1 && step(p, at + i * across, across) > interior) {
                return false;
            }
        }
        return true;
    }

    private static int step(byte[] p, int at, int across) {
        return Math.abs((p[at] & 255) - (p[at + across] & 255));
    }

    private static void two(byte[] p, int at, int across) {
        int p1 = p[at - 2 * across] & 255;
        int p0 = p[at - across] & 255;
        int q0 = p[at] & 255;
        int q1 = p[at + across] & 255;
        int a = 3 * (q0 - p0) + signed(p1 - q1);
        p[at - across] = pixel(p0 + eighth(a + 3));
        p[at] = pixel(q0 - eighth(a + 4));
    }

    private static void four(byte[] p, int at, int across) {
        int p1 = p[at - 2 * across] & 255;
        int p0 = p[at - across] & 255;
        int q0 = p[at] & 255;
        int q1 = p[at + across] & 255;
        int a = 3 * (q0 - p0);
        int a1 = eighth(a + 4);
        int outer = (a1 + 1) >> 1;
        p[at - 2 * across] = pixel(p1 + outer);
        p[at - across] = pixel(p0 + eighth(a + 3));
        p[at] = pixel(q0 - a1);
        p[at + across] = pixel(q1 - outer);
    }

    private static void six(byte[] p, int at, int across) {
        int p0 = p[at - across] & 255;
        int q0 = p[at] & 255;
        int a = signed(3 * (q0 - p0) + signed((p[at - 2 * across] & 255) - (p[at + across] & 255)));
        for (int i = 0; i < 3; i++) {
            int change = ((27 - 9 * i) * a + 63) >> 7;
            int before = at - (i + 1) * across;
            int after = at + i * across;
            p[before] = pixel((p[before] & 255) + change);
            p[after] = pixel((p[after] & 255) - change);
        }
    }

    private static int signed(int value) {
        return Math.max(-128, Math.min(127, value));
    }

    private static int eighth(int value) {
        return Math.max(-16, Math.min(15, value >> 3));
    }

    private static byte pixel(int value) {
        return (byte) Math.max(0, Math.min(255, value));
    }
}
