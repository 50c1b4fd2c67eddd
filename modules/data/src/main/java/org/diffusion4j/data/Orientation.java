package org.diffusion4j.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads from a picture's metadata which side is up. As in Pillow, EXIF takes precedence over XMP. */
final class Orientation {
    /** The beginning of EXIF data in a JPEG, and sometimes in other formats. */
    static final byte[] EXIF_MARK = "Exif\0\0".getBytes(StandardCharsets.ISO_8859_1);

    /** The orientation of a picture that is stored upright. */
    static final int UPRIGHT = 1;

    private static final int TAG = 0x0112;
    private static final int ENTRY_BYTES = 12;
    private static final Pattern XMP = Pattern.compile("tiff:Orientation(?:=\"|>)([0-9])");

    private Orientation() {}

    /**
     * Finds the orientation.
     *
     * @param exif a TIFF header and its first directory, or null
     * @param xmp in UTF-8, or null
     * @return 1 to 8; 1 if nothing says it, or if the data is damaged, since the picture is usable all the same
     */
    static int of(ByteBuffer exif, ByteBuffer xmp) {
        int said = exif == null ? 0 : exif(exif);
        if (said == 0 && xmp != null) {
            Matcher matcher = XMP.matcher(StandardCharsets.ISO_8859_1.decode(xmp));
            said = matcher.find() ? matcher.group(1).charAt(0) - '0' : 0;
        }
        return said >= 1 && said <= 8 ? said : UPRIGHT;
    }

    /** The orientation in EXIF data; 0 if there is none. */
    private static int exif(ByteBuffer marked) {
        ByteBuffer tiff = marked;
        while (tiff.limit() > EXIF_MARK.length
                && tiff.slice(0, EXIF_MARK.length).equals(ByteBuffer.wrap(EXIF_MARK))) {
            tiff = tiff.slice(EXIF_MARK.length, tiff.limit() - EXIF_MARK.length);
        }
        if (tiff.limit() < 10) {
            return 0;
        }
        short order = tiff.getShort(0);
        if (order != 0x4949 && order != 0x4D4D) {
            return 0;
        }
        tiff.order(order == 0x4949 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        long directory = Integer.toUnsignedLong(tiff.getInt(4));
        if (tiff.getShort(2) != 42 || directory > tiff.limit() - 2) {
            return 0;
        }
        int entries = Short.toUnsignedInt(tiff.getShort((int) directory));
        for (int i = 0; i < entries; i++) {
            long entry = directory + 2 + (long) i * ENTRY_BYTES;
            if (entry + ENTRY_BYTES > tiff.limit()) {
                return 0;
            }
            int at = (int) entry;
            if (Short.toUnsignedInt(tiff.getShort(at)) == TAG && tiff.getInt(at + 4) != 0) {
                return switch (tiff.getShort(at + 2)) {
                    case 3, 8 -> Short.toUnsignedInt(tiff.getShort(at + 8));
                    case 4, 9 -> tiff.getInt(at + 8);
                    default -> UPRIGHT;
                };
            }
        }
        return 0;
    }
}
