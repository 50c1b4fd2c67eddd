package org.diffusion4j.data;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts what decoding changes about pictures that their owner may not expect. For several threads at once. */
final class Conversions {
    /** So many pictures are looked at for colour: they are decoded a second time for it. */
    private static final int LOOKED_AT = 16;
    /** Values that differ by less are the grey of a JPEG. */
    private static final int LEAST_COLOUR = 24;
    /** Larger ones aren't looked at: two of them at once may be too much for the memory. */
    private static final long MOST_PIXELS = 1 << 22;
    /** What is enlarged more is blurred to the eye. */
    private static final double FAR = 2;

    private final PictureOptions options;
    private final PictureDecoder inColour;
    private final int stride;
    private final AtomicInteger lookedAt = new AtomicInteger();
    private final AtomicInteger coloured = new AtomicInteger();
    private final AtomicInteger enlarged = new AtomicInteger();

    /** @param pictures how many there will be */
    Conversions(PictureOptions options, int pictures) {
        this.options = options;
        inColour = new PictureDecoder(3, options.background(), options.mostPixels());
        stride = Math.max(1, pictures / LOOKED_AT);
    }

    /**
     * @param index among all
     * @param file its bytes
     * @param width before it is resized
     * @param height before it is resized
     */
    void add(int index, byte[] file, int width, int height) throws BrokenPictureException, InterruptedException {
        double factor = Math.max((double) options.width() / width, (double) options.height() / height);
        if (factor > FAR) {
            enlarged.incrementAndGet();
        }
        boolean small = (long) width * height <= MOST_PIXELS;
        if (options.grey() && index % stride == 0 && small) {
            lookedAt.incrementAndGet();
            if (hasColour(inColour.decode(file))) {
                coloured.incrementAndGet();
            }
        }
    }

    /** Whether one pixel in a hundred has. */
    private static boolean hasColour(Picture picture) {
        int pixels = picture.width() * picture.height();
        int found = 0;
        for (int i = 0; i < pixels; i++) {
            int red = picture.data()[3 * i] & 255;
            int green = picture.data()[3 * i + 1] & 255;
            int blue = picture.data()[3 * i + 2] & 255;
            int most = Math.max(red, Math.max(green, blue));
            if (most - Math.min(red, Math.min(green, blue)) >= LEAST_COLOUR) {
                found++;
            }
        }
        return found * 100L >= pixels;
    }

    /** A line for each. */
    List<String> notes() {
        List<String> notes = new ArrayList<>();
        if (coloured.get() > 0) {
            notes.add("pictures in colour are read in grey: " + coloured + " of the " + lookedAt
                    + " that were looked at have colour");
        }
        if (enlarged.get() > 0) {
            notes.add(enlarged + (enlarged.get() == 1 ? " picture is" : " pictures are")
                    + " enlarged more than twice to " + options.width() + "x" + options.height()
                    + ", and will be blurred: take a smaller size or larger pictures");
        }
        return notes;
    }
}
