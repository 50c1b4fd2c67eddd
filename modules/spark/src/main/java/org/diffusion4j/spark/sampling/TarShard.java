package org.diffusion4j.spark.sampling;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Locale;

/** Writes a tar archive as WebDataset reads it. The same pictures give the same bytes: its files have no time and no owner. */
final class TarShard {
    private static final int BLOCK = 512;
    private static final ObjectMapper JSON = new ObjectMapper();

    private TarShard() {}

    static void write(OutputStream out, Iterator<DrawnPicture> pictures) throws IOException {
        while (pictures.hasNext()) {
            DrawnPicture picture = pictures.next();
            String key = String.format(Locale.ROOT, "%06d.", picture.index());
            if (picture.label() != null) {
                member(out, key + "cls", utf8(picture.label().toString()));
            }
            member(out, key + "json", utf8(json(picture)));
            member(out, key + "png", picture.png());
            if (picture.prompt() != null) {
                member(out, key + "txt", utf8(picture.prompt()));
            }
        }
        out.write(new byte[2 * BLOCK]);
    }

    private static String json(DrawnPicture picture) throws IOException {
        ObjectNode object = JSON.createObjectNode();
        object.put("index", picture.index());
        object.put("seed", picture.seed());
        if (picture.label() != null) {
            object.put("label", picture.label());
        }
        if (picture.prompt() != null) {
            object.put("prompt", picture.prompt());
        }
        object.set("settings", JSON.readTree(picture.settings()));
        return JSON.writeValueAsString(object);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** A header of POSIX's ustar, the bytes, and zeros up to a whole block. */
    private static void member(OutputStream out, String name, byte[] bytes) throws IOException {
        byte[] header = new byte[BLOCK];
        put(header, 0, name);
        put(header, 100, "0000644\0");
        put(header, 108, "0000000\0");
        put(header, 116, "0000000\0");
        put(header, 124, String.format(Locale.ROOT, "%011o\0", bytes.length));
        put(header, 136, "00000000000\0");
        put(header, 148, "        "); // the sum is taken with blanks in its own place
        put(header, 156, "0");
        put(header, 257, "ustar\00000");
        int sum = 0;
        for (byte each : header) {
            sum += each & 0xff;
        }
        put(header, 148, String.format(Locale.ROOT, "%06o\0 ", sum));
        out.write(header);
        out.write(bytes);
        out.write(new byte[(BLOCK - bytes.length % BLOCK) % BLOCK]);
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }
}
