package org.diffusion4j.spark.data;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.StructType;
import org.diffusion4j.Diffusion4jException;

/**
 * Where a data set has its pictures and their names: the column {@code content} or {@code png} with the bytes of files, or {@code
 * image} with pixels, blue first, as Spark's source of images gives them; a name by the column {@code path}, the image's {@code
 * origin}, {@code name}, or the number in {@code index}.
 *
 * @param picture the index of the column with pictures
 * @param pixels whether these are pixels in place of files
 * @param name the index of the column with names; -1 for the image's origin
 * @param number whether this has numbers
 */
public record ImageColumn(int picture, boolean pixels, int name, boolean number) implements Serializable {
    private static final List<String> FILES = List.of("content", "png");
    private static final String IMAGE = "image";
    private static final List<String> NAMES = List.of("path", "name", "index");

    /**
     * Finds the columns.
     *
     * @param schema of the data set
     * @return where its pictures and names are
     * @throws Diffusion4jException if there are none
     */
    public static ImageColumn of(StructType schema) {
        List<String> columns = Arrays.asList(schema.fieldNames());
        String file = FILES.stream()
                .filter(each -> columns.contains(each)
                        && schema.fields()[columns.indexOf(each)].dataType() instanceof BinaryType)
                .findFirst()
                .orElse(null);
        boolean pixels = file == null
                && columns.contains(IMAGE)
                && schema.fields()[columns.indexOf(IMAGE)].dataType() instanceof StructType;
        if (file == null && !pixels) {
            throw new Diffusion4jException(
                    "data set: expected a column content or png with the bytes of files, or image"
                            + " with Spark's images, found " + String.join(", ", columns));
        }
        String name = NAMES.stream().filter(columns::contains).findFirst().orElse(null);
        if (name == null && !pixels) {
            throw new Diffusion4jException(
                    "data set: expected a column path, name or index, by which the pictures have their order, found "
                            + String.join(", ", columns));
        }
        int index = name == null ? -1 : columns.indexOf(name);
        return new ImageColumn(
                columns.indexOf(pixels ? IMAGE : file),
                pixels,
                index,
                index >= 0 && schema.fields()[index].dataType() instanceof IntegralType);
    }

    /**
     * A picture's path or name.
     *
     * @param row of the data set
     * @return the name; of the number 7, {@code 000007.png}, so that names have the order of numbers below a million
     * @throws Diffusion4jException if it has none
     */
    public String name(Row row) {
        Object value = name < 0 ? row.getStruct(picture).getAs("origin") : row.get(name);
        if (value == null) {
            throw new Diffusion4jException("data set: expected a name for each picture, found null");
        }
        return number ? String.format(Locale.ROOT, "%06d.png", ((Number) value).longValue()) : value.toString();
    }

    /**
     * The bytes of a picture's file.
     *
     * @param row of the data set
     * @return a file of its own format, or PNG of pixels; nothing if Spark couldn't read it
     */
    public byte[] file(Row row) {
        if (row.isNullAt(picture)) {
            return new byte[0];
        }
        return pixels ? png(row.getStruct(picture)) : row.getAs(picture);
    }

    private byte[] png(Row image) {
        int height = image.<Integer>getAs("height");
        int width = image.<Integer>getAs("width");
        int channels = image.<Integer>getAs("nChannels");
        byte[] data = image.getAs("data");
        if (height < 1 || width < 1) { // Spark's mark of a file that is none
            return new byte[0];
        }
        if ((channels != 1 && channels != 3 && channels != 4) || data.length != height * width * channels) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "%s: expected 1, 3 or 4 bytes for each pixel, found %d channels of %dx%d in %d bytes",
                    name < 0 ? String.valueOf(image.<Object>getAs("origin")) : "image",
                    channels,
                    width,
                    height,
                    data.length));
        }
        BufferedImage picture = new BufferedImage(
                width,
                height,
                channels == 1
                        ? BufferedImage.TYPE_BYTE_GRAY
                        : channels == 3 ? BufferedImage.TYPE_3BYTE_BGR : BufferedImage.TYPE_4BYTE_ABGR);
        int[] pixel = new int[channels];
        for (int i = 0; i < height * width; i++) {
            for (int c = 0; c < channels; c++) {
                // Blue, green, red, alpha to red, green, blue, alpha.
                pixel[c < 3 && channels > 1 ? 2 - c : c] = data[i * channels + c] & 255;
            }
            picture.getRaster().setPixel(i % width, i / width, pixel);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(picture, "png", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("a PNG in memory can't fail", e);
        }
        return bytes.toByteArray();
    }
}
