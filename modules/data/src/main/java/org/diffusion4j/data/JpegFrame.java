package org.diffusion4j.data;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A JPEG's frame header, and which parts of the frame its scans have brought. */
final class JpegFrame {
    private static final int COEFFICIENTS = 64;
    /**
     * How many samples all scans together may draw, in addition to some per byte of the file. This is about a second's
     * work: ten scans of 24 million pixels whose colours have half the width and height.
     */
    private static final long MOST_DRAWN = 365_000_000;

    private static final int MOST_DRAWN_BY_BYTE = 80;

    private final boolean progressive;
    private final int width;
    private final int height;
    private final int[] names;
    private final int[] across;
    private final int[] down;
    /** How many of the lowest bits are still to come, by component and coefficient; -1 if nothing has come. */
    private final byte[][] missing;

    private int scans;
    private boolean buffered;

    JpegFrame(ByteBuffer in, boolean progressive) throws IOException {
        this.progressive = progressive;
        if (in.limit() < 6 || in.limit() < 6 + 3 * in.get(5)) {
            throw PictureFormat.cut();
        }
        int bits = in.get(0);
        height = Short.toUnsignedInt(in.getShort(1));
        width = Short.toUnsignedInt(in.getShort(3));
        int components = in.get(5);
        if (bits != 8 || (components != 1 && components != 3 && components != 4)) {
            throw new IOException("expected 1, 3 or 4 components of 8 bits, found " + components + " of " + bits);
        }
        names = new int[components];
        across = new int[components];
        down = new int[components];
        missing = new byte[components][COEFFICIENTS];
        for (int i = 0; i < components; i++) {
            names[i] = in.get(6 + 3 * i) & 255;
            across[i] = in.get(7 + 3 * i) >> 4 & 15;
            down[i] = in.get(7 + 3 * i) & 15;
            if (across[i] < 1 || across[i] > 4 || down[i] < 1 || down[i] > 4) {
                throw new IOException("expected sampling factors from 1 to 4, found " + across[i] + "x" + down[i]);
            }
            java.util.Arrays.fill(missing[i], (byte) -1);
        }
    }

    int width() {
        return width;
    }

    int height() {
        return height;
    }

    int components() {
        return names.length;
    }

    boolean named(int first, int second, int third) {
        return names.length == 3 && names[0] == first && names[1] == second && names[2] == third;
    }

    /** Records what a scan brings. */
    void scan(ByteBuffer in) throws IOException {
        int count = in.hasRemaining() ? in.get(0) : 0;
        if (count < 1 || count > names.length || in.limit() < 4 + 2 * count) {
            throw new IOException("expected a scan of 1 to " + names.length + " components, found " + count);
        }
        int first = progressive ? in.get(1 + 2 * count) & 255 : 0;
        int last = progressive ? in.get(2 + 2 * count) & 255 : COEFFICIENTS - 1;
        int low = progressive ? in.get(3 + 2 * count) & 15 : 0;
        for (int i = 0; i < count; i++) {
            int component = component(in.get(1 + 2 * i) & 255);
            for (int k = first; k <= Math.min(last, COEFFICIENTS - 1); k++) {
                missing[component][k] = (byte) low;
            }
        }
        buffered |= progressive || (scans == 0 && count < names.length);
        scans++;
    }

    private int component(int name) throws IOException {
        for (int i = 0; i < names.length; i++) {
            if (names[i] == name) {
                return i;
            }
        }
        throw new IOException("expected a scan of the frame's components, found component " + name);
    }

    private static int most(int[] factors) {
        return java.util.Arrays.stream(factors).max().orElseThrow();
    }

    private long blocks(int component) {
        int unitWidth = 8 * most(across);
        int unitHeight = 8 * most(down);
        long units = (long) ((width + unitWidth - 1) / unitWidth) * ((height + unitHeight - 1) / unitHeight);
        return units * across[component] * down[component];
    }

    private long blocks() {
        long blocks = 0;
        for (int i = 0; i < names.length; i++) {
            blocks += blocks(i);
        }
        return blocks;
    }

    /** Whether every coefficient has come completely. */
    boolean complete() {
        for (byte[] component : missing) {
            for (byte bits : component) {
                if (bits != 0) {
                    return false;
                }
            }
        }
        return true;
    }

    /**
     * Refuses scans that are too short, since a block takes at least one bit, or too many, since Java's decoder draws the
     * whole picture anew for each of several scans.
     */
    void check(long scanBytes, long fileBytes) throws IOException {
        if (blocks() > scanBytes * 8) {
            throw PictureFormat.cut();
        }
        long drawn = buffered ? blocks() * COEFFICIENTS * scans : 0;
        long most = MOST_DRAWN + fileBytes * MOST_DRAWN_BY_BYTE;
        if (drawn > most) {
            throw new IOException("expected at most " + most + " samples in all scans together, as the file has "
                    + fileBytes + " bytes, found " + scans + " scans of " + width + "x" + height);
        }
    }

    /** The bytes that the decoder needs for the coefficients of all scans. */
    long coefficientBytes() {
        return buffered ? blocks() * COEFFICIENTS * Short.BYTES : 0;
    }
}
