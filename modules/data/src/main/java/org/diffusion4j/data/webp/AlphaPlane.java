package org.diffusion4j.data.webp;

import java.io.IOException;

/** How opaque a lossy picture's pixels are: an ALPH chunk, RFC 9649, section 2.7.1.2. */
final class AlphaPlane {
    private static final int HORIZONTAL = 1;
    private static final int VERTICAL = 2;
    private static final int GRADIENT = 3;

    private AlphaPlane() {}

    /** A byte a pixel, row by row. */
    static byte[] decode(byte[] data, int start, int end, int width, int height) throws IOException {
        if (start >= end) {
            throw WebP.cut();
        }
        int head = data[start];
        int method = head & 3;
        byte[] plane = new byte[width * height];
        if (method == 0) {
            if (plane.length > end - start - 1) {
                throw WebP.cut();
            }
            System.arraycopy(data, start + 1, plane, 0, plane.length);
        } else if (method == 1) {
            int[] pixels = LosslessDecoder.decode(data, start + 1, end, width, height);
            for (int i = 0; i < plane.length; i++) {
                plane[i] = (byte) (pixels[i] >> 8);
            }
        } else {
            throw new IOException("expected alpha that is plain or lossless, found method " + method);
        }
        undo(head >> 2 & 3, plane, width);
        return plane;
    }

    private static void undo(int filter, byte[] plane, int width) {
        if (filter == 0) {
            return;
        }
        for (int i = 1; i < plane.length; i++) {
            boolean first = i % width == 0;
            int predicted;
            if (i < width || (filter == HORIZONTAL && !first)) {
                predicted = plane[i - 1];
            } else if (first || filter == VERTICAL) {
                predicted = plane[i - width];
            } else {
                int gradient = (plane[i - 1] & 255) + (plane[i - width] & 255) - (plane[i - width - 1] & 255);
                predicted = filter == GRADIENT ? Math.max(0, Math.min(255, gradient)) : 0;
            }
            plane[i] += (byte) predicted;
        }
    }
}
