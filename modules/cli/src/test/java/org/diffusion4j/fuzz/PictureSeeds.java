package org.diffusion4j.fuzz;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Small pictures of each format, with all that may stand in them. */
final class PictureSeeds {
    /** The pictures of the module that reads them. */
    private static final Path PICTURES = Path.of("..", "data", "src", "test", "resources", "broken");

    private PictureSeeds() {}

    private static byte[] file(String name) {
        try {
            return Files.readAllBytes(PICTURES.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static BufferedImage drawn(int width, int height, int type) {
        BufferedImage picture = new BufferedImage(width, height, type);
        Graphics2D graphics = picture.createGraphics();
        graphics.setPaint(new GradientPaint(0, 0, Color.ORANGE, width, height, Color.BLUE));
        graphics.fillRect(0, 0, width, height);
        graphics.dispose();
        return picture;
    }

    static byte[] written(BufferedImage picture, String format, boolean progressive) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageWriter writer = ImageIO.getImageWritersByFormatName(format).next();
        try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
            writer.setOutput(out);
            ImageWriteParam param = writer.getDefaultWriteParam();
            if (progressive) {
                param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
            }
            writer.write(null, new IIOImage(picture, null, null), param);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    static List<byte[]> png() {
        byte[] plain = written(drawn(12, 9, BufferedImage.TYPE_INT_RGB), "png", false);
        byte[] exif = pngChunk("eXIf", tiff(ByteOrder.BIG_ENDIAN, 3));
        byte[] text = pngChunk(
                "zTXt",
                ByteMutations.joined(
                        "Raw profile type exif\0\0".getBytes(StandardCharsets.ISO_8859_1),
                        deflated(rawProfile(tiff(ByteOrder.LITTLE_ENDIAN, 3)))));
        byte[] xmp = pngChunk("iTXt", ("XML:com.adobe.xmp\0\0\0\0\0" + XMP).getBytes(StandardCharsets.UTF_8));
        byte[] profile = pngChunk("iCCP", ByteMutations.joined(new byte[] {'x', 0, 0}, deflated(new byte[3000])));
        byte[] withAll = plain;
        for (byte[] chunk : List.of(exif, text, xmp, profile)) {
            withAll = ByteMutations.inserted(withAll, 33, chunk);
        }
        return List.of(
                plain,
                withAll,
                written(drawn(19, 17, BufferedImage.TYPE_INT_ARGB), "png", true),
                written(drawn(9, 9, BufferedImage.TYPE_USHORT_GRAY), "png", false),
                written(drawn(9, 9, BufferedImage.TYPE_BYTE_BINARY), "png", true),
                written(drawn(9, 9, BufferedImage.TYPE_BYTE_INDEXED), "png", false),
                file("alpha/grey_alpha.png"),
                file("alpha/palette_transparent.png"),
                file("size/one_pixel.png"));
    }

    static List<byte[]> jpeg() {
        byte[] plain = written(drawn(12, 9, BufferedImage.TYPE_INT_RGB), "jpeg", false);
        byte[] exif = segment(ByteMutations.joined(
                "Exif\0\0".getBytes(StandardCharsets.ISO_8859_1), tiff(ByteOrder.LITTLE_ENDIAN, 4)));
        byte[] xmp = segment(("http://ns.adobe.com/xap/1.0/\0" + XMP).getBytes(StandardCharsets.UTF_8));
        return List.of(
                plain,
                ByteMutations.inserted(plain, 2, ByteMutations.joined(exif, xmp, exif)),
                written(drawn(20, 15, BufferedImage.TYPE_INT_RGB), "jpeg", true),
                written(drawn(20, 15, BufferedImage.TYPE_BYTE_GRAY), "jpeg", true),
                file("cmyk/cmyk.jpg"),
                file("good/progressive.jpg"),
                file("exif/orientation_6.jpg"));
    }

    static List<byte[]> gif() {
        return List.of(
                file("gif/still.gif"),
                file("gif/animated.gif"),
                written(drawn(12, 9, BufferedImage.TYPE_BYTE_INDEXED), "gif", false),
                written(drawn(13, 11, BufferedImage.TYPE_BYTE_INDEXED), "gif", true));
    }

    static List<byte[]> bmp() {
        byte[] png = written(drawn(4, 4, BufferedImage.TYPE_INT_RGB), "png", false);
        byte[] runs = {4, 1, 0, 0, 0, 3, 1, 2, 3, 0, 0, 2, 1, 0, 4, 2, 0, 1};
        byte[] halves = {4, 0x12, 0, 0, 4, 0x34, 0, 0, 0, 1};
        return List.of(
                written(drawn(9, 7, BufferedImage.TYPE_INT_RGB), "bmp", false),
                written(drawn(9, 7, BufferedImage.TYPE_BYTE_INDEXED), "bmp", false),
                written(drawn(9, 7, BufferedImage.TYPE_BYTE_BINARY), "bmp", false),
                written(drawn(9, 7, BufferedImage.TYPE_USHORT_565_RGB), "bmp", false),
                bitmap(4, 4, 8, 1, new byte[4 * 16], runs),
                bitmap(4, 4, 4, 2, new byte[4 * 16], halves),
                bitmap(4, 4, 32, 3, new byte[] {0, 0, -1, 0, 0, -1, 0, 0, -1, 0, 0, 0}, new byte[64]),
                bitmap(4, 4, 0, 5, new byte[0], png));
    }

    private static byte[] bitmap(int width, int height, int bits, int compression, byte[] palette, byte[] pixels) {
        return ByteBuffer.allocate(54 + palette.length + pixels.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(new byte[] {'B', 'M'})
                .putInt(54 + palette.length + pixels.length)
                .putInt(0)
                .putInt(54 + palette.length)
                .putInt(40)
                .putInt(width)
                .putInt(height)
                .putShort((short) 1)
                .putShort((short) bits)
                .putInt(compression)
                .putInt(pixels.length)
                .putLong(0)
                .putInt(bits <= 8 ? palette.length / 4 : 0)
                .putInt(0)
                .put(palette)
                .put(pixels)
                .array();
    }

    static List<byte[]> webp() {
        byte[] lossy = file("webp/lossy.webp");
        byte[] lossless = file("webp/lossless.webp");
        List<byte[]> all = new ArrayList<>(List.of(lossy, lossless));
        for (byte[] still : List.of(lossy, lossless)) {
            byte[] frame = Arrays.copyOfRange(still, 12, still.length);
            int[] size = size(still);
            byte[] exif = chunk("EXIF", tiff(ByteOrder.BIG_ENDIAN, 3));
            byte[] xmp = chunk("XMP ", XMP.getBytes(StandardCharsets.UTF_8));
            all.add(riff(canvas(size, 0x0C), frame, exif, xmp));
            byte[] place = ByteBuffer.allocate(16)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .put(new byte[6])
                    .put(three(size[0] - 1))
                    .put(three(size[1] - 1))
                    .put(three(100))
                    .put((byte) 0)
                    .array();
            byte[] animated = chunk("ANMF", ByteMutations.joined(place, frame));
            all.add(riff(canvas(size, 0x02), chunk("ANIM", new byte[6]), animated, animated));
        }
        byte[] frame = Arrays.copyOfRange(lossy, 12, lossy.length);
        int[] size = size(lossy);
        byte[] alpha = new byte[1 + size[0] * size[1]];
        all.add(riff(canvas(size, 0x10), chunk("ALPH", alpha), frame));
        return all;
    }

    /** Of a lossy or lossless file. */
    private static int[] size(byte[] webp) {
        ByteBuffer file = ByteBuffer.wrap(webp).order(ByteOrder.LITTLE_ENDIAN);
        if (webp[15] == 'L') {
            int bits = file.getInt(21);
            return new int[] {1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)};
        }
        return new int[] {file.getShort(26) & 0x3FFF, file.getShort(28) & 0x3FFF};
    }

    private static byte[] canvas(int[] size, int flags) {
        return chunk(
                "VP8X",
                ByteMutations.joined(new byte[] {(byte) flags, 0, 0, 0}, three(size[0] - 1), three(size[1] - 1)));
    }

    private static byte[] three(int value) {
        return new byte[] {(byte) value, (byte) (value >> 8), (byte) (value >> 16)};
    }

    private static byte[] chunk(String type, byte[] data) {
        return ByteBuffer.allocate(8 + data.length + data.length % 2)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(type.getBytes(StandardCharsets.US_ASCII))
                .putInt(data.length)
                .put(data)
                .array();
    }

    private static byte[] riff(byte[]... chunks) {
        byte[] file = ByteMutations.joined(
                "RIFF\0\0\0\0WEBP".getBytes(StandardCharsets.US_ASCII), ByteMutations.joined(chunks));
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(4, file.length - 8);
        return file;
    }

    private static byte[] pngChunk(String type, byte[] data) {
        ByteBuffer chunk = ByteBuffer.allocate(12 + data.length)
                .putInt(data.length)
                .put(type.getBytes(StandardCharsets.US_ASCII))
                .put(data);
        CRC32 sum = new CRC32();
        sum.update(chunk.array(), 4, 4 + data.length);
        return chunk.putInt((int) sum.getValue()).array();
    }

    private static byte[] segment(byte[] data) {
        return ByteBuffer.allocate(4 + data.length)
                .put((byte) 0xFF)
                .put((byte) 0xE1)
                .putShort((short) (2 + data.length))
                .put(data)
                .array();
    }

    private static byte[] deflated(byte[] bytes) {
        Deflater deflater = new Deflater();
        deflater.setInput(bytes);
        deflater.finish();
        byte[] out = new byte[bytes.length + 100];
        int length = deflater.deflate(out);
        deflater.end();
        return Arrays.copyOf(out, length);
    }

    /** As ImageMagick writes it: hexadecimal, in lines. */
    private static byte[] rawProfile(byte[] tiff) {
        StringBuilder text = new StringBuilder("\nexif\n      " + (tiff.length + 6) + "\n457869660000");
        for (byte value : tiff) {
            text.append(String.format(Locale.ROOT, "%02x", value & 255));
        }
        return text.append('\n').toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** @param type 3 for a SHORT, 4 for a LONG */
    private static byte[] tiff(ByteOrder order, int type) {
        ByteBuffer tiff = ByteBuffer.allocate(26)
                .order(order)
                .putShort(order == ByteOrder.BIG_ENDIAN ? (short) 0x4D4D : (short) 0x4949)
                .putShort((short) 42)
                .putInt(8)
                .putShort((short) 1)
                .putShort((short) 0x0112)
                .putShort((short) type)
                .putInt(1);
        return (type == 3 ? tiff.putShort((short) 6) : tiff.putInt(6)).array();
    }

    private static final String XMP = "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF"
            + " xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description"
            + " xmlns:tiff='http://ns.adobe.com/tiff/1.0/' tiff:Orientation='6'/></rdf:RDF></x:xmpmeta>";
}
