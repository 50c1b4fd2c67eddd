package org.diffusion4j.zoo.drawing;

import java.util.Locale;
import org.diffusion4j.graph.SampleSize;

/**
 * The shapes of images in the levels of a network.
 *
 * @param size that of level 0; null if there is none, and shapes are fractions of H and W
 * @param up whether half of an odd size is rounded up
 */
record ImageShape(SampleSize size, boolean up) {
    /** Height × width × channels. */
    String at(int level, int channels) {
        if (size != null) {
            return String.format(
                    Locale.ROOT, "%d×%d×%d", halved(size.height(), level), halved(size.width(), level), channels);
        }
        return level == 0
                ? "H×W×" + channels
                : String.format(Locale.ROOT, "H/%d×W/%d×%d", 1 << level, 1 << level, channels);
    }

    private int halved(int side, int level) {
        int rounding = up ? (1 << level) - 1 : 0;
        return (side + rounding) >> level;
    }
}
