package org.diffusion4j.data.webp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WebPTest {
    private static byte[] file(String name) throws IOException {
        try (InputStream in = WebPTest.class.getResourceAsStream("/webp/" + name)) {
            return in.readAllBytes();
        }
    }

    static List<String> sums() throws IOException {
        return new String(file("SHA256SUMS"), StandardCharsets.UTF_8).lines().toList();
    }

    private static int[] pixels(WebP picture) throws IOException {
        int[] argb = new int[picture.width() * picture.height()];
        picture.decode((column, row, values, from, count) ->
                System.arraycopy(values, from, argb, row * picture.width() + column, count));
        return argb;
    }

    @ParameterizedTest
    @MethodSource("sums")
    void decodesToLibwebpsBytes(String line) throws Exception {
        String[] parts = line.split(" +");
        WebP picture = WebP.of(file(parts[2]));
        assertEquals(parts[1], picture.width() + "x" + picture.height());
        ByteBuffer rgba = ByteBuffer.allocate(4 * picture.width() * picture.height());
        for (int pixel : pixels(picture)) {
            rgba.putInt(pixel << 8 | pixel >>> 24);
        }
        byte[] sum = MessageDigest.getInstance("SHA-256").digest(rgba.array());
        assertEquals(parts[0], HexFormat.of().formatHex(sum), parts[2]);
    }

    @Test
    void aPictureOfOneColourHasThatColour() throws Exception {
        for (int pixel : pixels(WebP.of(file("flat64.webp")))) {
            assertEquals(200, pixel >> 16 & 255, 2);
            assertEquals(120, pixel >> 8 & 255, 2);
            assertEquals(60, pixel & 255, 2);
        }
    }

    @Test
    void refusesEveryTruncation() throws Exception {
        for (String name : List.of("q30.webp", "flat64.webp", "anim2.webp", "grey75.webp")) {
            byte[] whole = file(name);
            int frame = name.startsWith("anim") ? whole.length / 4 : whole.length - 2;
            for (int length = 12; length < frame; length += 1 + whole.length / 150) {
                byte[] cut = Arrays.copyOf(whole, length);
                assertThrows(IOException.class, () -> pixels(WebP.of(cut)), name + " cut to " + length);
            }
        }
    }

    @Test
    void tellsTheMemoryByTheHeader() throws Exception {
        // 64 by 64 macroblocks of 256 bytes of brightness and 128 of colour
        long memory = WebP.of(file("flat1024.webp")).memory();
        assertTrue(memory >= 64 * 64 * 384 && memory < 64 * 64 * 400, "found " + memory);
    }
}
