package org.diffusion4j.data;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts changes by decoding that a picture's owner may not expect. Several threads may use it at once. */
final class Conversions {
    /** The number of pictures that are examined for colour, for which they are decoded a second time. */
    private static final int LOOKED_AT = 16;
    /** The least difference of channels that counts as colour; smaller ones occur in grey JPEGs. */
    private static final int LEAST_COLOUR = 24;
    /** Larger pictures aren't examined, since two of them at once might not fit into memory. */
    private static final long MOST_PIXELS = 1 << 22;
    /** Pictures that are enlarged more than this look blurred. */
    private static final double FAR = 2;

    private final PictureOptions options;
    private final PictureDecoder inColour;
    private final int stride;
    private final AtomicInteger lookedAt = new AtomicInteger();
    private final AtomicInteger coloured = new AtomicInteger();
    private final AtomicInteger enlarged = new AtomicInteger();

    /** @param pictures the number of pictures */
    Conversions(PictureOptions options, int pictures) {
        this.options = options;
        inColour = new PictureDecoder(3, options.background(), options.mostPixels());
        stride = Math.max(1, pictures / LOOKED_AT);
    }

    /**
     * @param index the picture's number among all
     * @param file the bytes of its file
     * @param width its width before it is resized
     * @param height its height before it is resized
     */
    void add(int index, byte[] file, int width, int height) throws BrokenPictureException, InterruptedException {
        FittedPictures.Size size = options.sizeOf(width, height);
        double factor = Math.max((double) size.width() / width, (double) size.height() / height);
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

    /** Whether at least one pixel in a hundred has colour. */
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

    /** One line for each kind of change. */
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
