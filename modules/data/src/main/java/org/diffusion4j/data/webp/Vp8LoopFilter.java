package org.diffusion4j.data.webp;

import java.util.List;

/** Smooths the edges of blocks: RFC 6386, section 15. */
final class Vp8LoopFilter {
    /** How much more contrast a macroblock's outer edges may have than its inner edges. */
    private static final int OUTER = 8;

    private Vp8LoopFilter() {}

    /**
     * The limits of smoothing.
     *
     * @param limit the contrast over an inner edge beyond which the edge belongs to the picture and isn't smoothed
     * @param interior the limit of the differences next to the edge
     * @param variance the differences at the edge beyond which fewer pixels change
     */
    private record Strength(int limit, int interior, int variance) {
        int limit(boolean outer) {
            return outer ? limit + OUTER : limit;
        }
    }

    /**
     * Filters a macroblock's edges: the left one, the inner vertical ones, the top one and the inner horizontal ones.
     *
     * @param level 1 to 63
     * @param inner whether the edges of 4x4 blocks are filtered, too
     */
    static void filter(Vp8Planes planes, Vp8Header header, int column, int row, int level, boolean inner) {
        int interior = interior(level, header.sharpness);
        int limit = 2 * (2 * level + interior) + 1;
        Strength strength = new Strength(limit, interior, level >= 40 ? 2 : level >= 15 ? 1 : 0);
        List<Vp8Plane> filtered = header.simpleFilter ? List.of(planes.y) : List.of(planes.y, planes.u, planes.v);
        for (Vp8Plane plane : filtered) {
            int at = plane.at(column, row);
            for (int x = column > 0 ? 0 : 4; x < plane.size() && (x == 0 || inner); x += 4) {
                edge(header.simpleFilter, plane, at + x, 1, strength, x == 0);
            }
            for (int y = row > 0 ? 0 : 4; y < plane.size() && (y == 0 || inner); y += 4) {
                edge(header.simpleFilter, plane, at + y * plane.stride(), plane.stride(), strength, y == 0);
            }
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
     * Filters all pixels of an edge.
     *
     * @param at the index of the first pixel after the edge
     * @param across the distance from one pixel to the next across the edge: 1, or the plane's stride
     * @param outer whether it is an outer edge of the macroblock
     */
    private static void edge(boolean simple, Vp8Plane plane, int at, int across, Strength strength, boolean outer) {
        byte[] p = plane.pixels();
        int along = across == 1 ? plane.stride() : 1;
        int limit = strength.limit(outer);
        int variance = strength.variance;
        for (int i = 0; i < plane.size(); i++) {
            int q = at + i * along;
            if (contrast(p, q, across) > limit || !(simple || smooth(p, q, across, strength.interior))) {
                continue;
            }
            if (simple || step(p, q - 2 * across, across) > variance || step(p, q, across) > variance) {
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
