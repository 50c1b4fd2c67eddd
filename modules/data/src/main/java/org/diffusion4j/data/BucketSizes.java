package org.diffusion4j.data;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import org.diffusion4j.data.FittedPictures.Size;

/**
 * Sizes of many proportions and about one area, for pictures of which as little as possible is to be cut off: the buckets of NovelAI
 * (2022) and of kohya's scripts. The sides are multiples of a step, from half to twice the side of the square of that area; no
 * bucket has more pixels than it. The usual size is a bucket, too.
 */
final class BucketSizes {
    /** Larger ones first, then wider ones: the first of several that are as near as each other is taken. */
    private static final Comparator<Size> ORDER = Comparator.comparingLong(BucketSizes::pixels)
            .thenComparingInt(Size::width)
            .reversed();

    private final Collection<Size> sizes = new TreeSet<>(ORDER);

    /**
     * @param width of the usual size, in pixels
     * @param height of the usual size, in pixels
     * @param step what all other sides are multiples of, at least 1
     */
    BucketSizes(int width, int height, int step) {
        double area = (double) width * height;
        double side = Math.sqrt(area);
        long longest = multiple(2 * side, step);
        sizes.add(new Size(width, height));
        for (long one = step * (long) Math.ceil(side / 2 / step); one <= longest; one += step) {
            long other = Math.min(longest, multiple(area / one, step));
            if (2 * other >= side && other > 0) {
                sizes.add(new Size((int) one, (int) other));
                sizes.add(new Size((int) other, (int) one));
            }
        }
    }

    /** The largest multiple that isn't larger. */
    private static long multiple(double length, int step) {
        return step * (long) (length / step);
    }

    private static long pixels(Size size) {
        return (long) size.width() * size.height();
    }

    /** All of them, the largest first. */
    List<Size> sizes() {
        return List.copyOf(sizes);
    }

    /**
     * The bucket whose proportions are nearest, so that the largest part of a picture is kept; of several the one with the most
     * pixels, and of these the widest.
     *
     * @param width of a picture, at least 1
     * @param height of a picture, at least 1
     */
    Size nearest(int width, int height) {
        Size best = null;
        for (Size size : sizes) {
            if (best == null || keepsMore(size, best, width, height)) {
                best = size;
            }
        }
        return best;
    }

    /** Compares the parts that are kept, which are the ratios of these products; without rounding, for ties. */
    private static boolean keepsMore(Size one, Size other, int width, int height) {
        long oneWide = (long) width * one.height();
        long oneHigh = (long) height * one.width();
        long otherWide = (long) width * other.height();
        long otherHigh = (long) height * other.width();
        long kept = Math.min(oneWide, oneHigh) * Math.max(otherWide, otherHigh);
        long keptByOther = Math.min(otherWide, otherHigh) * Math.max(oneWide, oneHigh);
        return kept > keptByOther;
    }
}
