package org.diffusion4j.data;

import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.Semaphore;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import javax.imageio.stream.ImageInputStream;
import org.w3c.dom.NodeList;

/**
 * A picture file's bytes to pixels, all in Java, so that a damaged or hostile file is an exception and no worse. The
 * values are the file's own: colour profiles are left alone (but for CMYK), 16 bits are scaled to 8.
 */
final class PictureDecoder {
    /** What a decoder and the conversion after it take at most, for 16-bit RGBA. */
    private static final int BYTES_PER_PIXEL = 12;

    private static final int LONGEST_SIDE = 65535;
    private static final Map<PictureFormat, ImageReaderSpi> READERS = readers();

    private final int channels;
    private final int background;
    private final long mostPixels;
    private final int memory =
            (int) Math.min(Integer.MAX_VALUE, Runtime.getRuntime().maxMemory() / 2 / 1024);
    /** KiB that pictures may take that are being decoded, so that many threads need no more than one. */
    private final Semaphore free = new Semaphore(memory, true);

    /** @param background 0xRRGGBB, shown where a picture is transparent */
    PictureDecoder(int channels, int background, long mostPixels) {
        this.channels = channels;
        this.background = background;
        this.mostPixels = mostPixels;
    }

    /** By class: which plugins else are there, and in what order, must make no difference. */
    private static Map<PictureFormat, ImageReaderSpi> readers() {
        ImageIO.scanForPlugins();
        Map<PictureFormat, ImageReaderSpi> readers = new EnumMap<>(PictureFormat.class);
        Iterator<ImageReaderSpi> all =
                IIORegistry.getDefaultInstance().getServiceProviders(ImageReaderSpi.class, false);
        while (all.hasNext()) {
            ImageReaderSpi reader = all.next();
            for (PictureFormat format : PictureFormat.values()) {
                if (reader.getClass().getName().equals(format.reader())) {
                    readers.put(format, reader);
                }
            }
        }
        return readers;
    }

    /**
     * @param file all of it
     * @throws BrokenPictureException if it is no whole picture, or too large
     * @throws InterruptedException if interrupted while waiting for memory
     */
    Picture decode(byte[] file) throws BrokenPictureException, InterruptedException {
        PictureFormat format = PictureFormat.of(file);
        PictureFormat.Checked checked = format.check(file);
        ImageReaderSpi spi = READERS.get(format);
        if (spi == null) {
            throw new IllegalStateException("expected ImageIO's plugin " + format.reader() + ", found none");
        }
        try (ImageInputStream in = new ByteArrayImageInputStream(checked.file())) {
            ImageReader reader = spi.createReaderInstance();
            try {
                return read(format, reader, in).upright(checked.orientation());
            } finally {
                reader.dispose();
            }
        } catch (IOException | RuntimeException e) {
            throw new BrokenPictureException(
                    format + ": " + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()), e);
        }
    }

    private Picture read(PictureFormat format, ImageReader reader, ImageInputStream in)
            throws IOException, BrokenPictureException, InterruptedException {
        String[] damage = new String[1];
        reader.addIIOReadWarningListener((source, warning) -> {
            if (tellsOfDamage(warning)) {
                damage[0] = warning;
            }
        });
        // GIF alone needs its metadata: where on the canvas the frame lies.
        reader.setInput(in, true, format != PictureFormat.GIF);
        int memoryNeeded = claim(reader.getWidth(0), reader.getHeight(0));
        free.acquire(memoryNeeded);
        try {
            BufferedImage image = reader.read(0);
            if (damage[0] != null) {
                throw new BrokenPictureException(format + ": " + damage[0]);
            }
            Picture picture = pixels(image);
            return format == PictureFormat.GIF ? onCanvas(picture, reader) : picture;
        } finally {
            free.release(memoryNeeded);
        }
    }

    /** What libjpeg goes on after, with made-up pixels; its other warnings are harmless. */
    private static boolean tellsOfDamage(String warning) {
        return (warning.startsWith("Corrupt JPEG data") && !warning.contains("extraneous bytes"))
                || warning.startsWith("Premature end")
                || warning.startsWith("Inconsistent progression");
    }

    /** @return KiB */
    private int claim(long width, long height) throws BrokenPictureException {
        if (width < 1 || height < 1 || width > LONGEST_SIDE || height > LONGEST_SIDE || width * height > mostPixels) {
            throw new BrokenPictureException("expected at most " + mostPixels + " pixels (mostPixels) and "
                    + LONGEST_SIDE + " a side, found a claim of " + width + "x" + height);
        }
        long kib = width * height * BYTES_PER_PIXEL / 1024 + 1;
        if (kib > memory) {
            throw new BrokenPictureException("expected a picture that half of the heap has room for (" + memory / 1024
                    + " MiB), found " + width + "x" + height + ", which takes " + kib / 1024);
        }
        return (int) kib;
    }

    /** A GIF's first frame may cover a part of its canvas only; the rest is transparent. */
    private Picture onCanvas(Picture frame, ImageReader reader) throws IOException, BrokenPictureException {
        IIOMetadata stream = reader.getStreamMetadata();
        int width = attribute(stream, "LogicalScreenDescriptor", "logicalScreenWidth");
        int height = attribute(stream, "LogicalScreenDescriptor", "logicalScreenHeight");
        IIOMetadata image = reader.getImageMetadata(0);
        int left = attribute(image, "ImageDescriptor", "imageLeftPosition");
        int top = attribute(image, "ImageDescriptor", "imageTopPosition");
        if (frame.width() == width && frame.height() == height) {
            return frame;
        }
        if (left + frame.width() > width || top + frame.height() > height) {
            throw new BrokenPictureException("GIF: the first frame lies outside of the canvas");
        }
        claim(width, height);
        byte[] canvas = new byte[width * height * channels];
        Picture nothing = composite(new int[] {0, 0, 0, 0}, 4, 1);
        for (int i = 0; i < canvas.length; i++) {
            canvas[i] = nothing.data()[i % channels];
        }
        int row = frame.width() * channels;
        for (int y = 0; y < frame.height(); y++) {
            System.arraycopy(frame.data(), y * row, canvas, ((top + y) * width + left) * channels, row);
        }
        return new Picture(width, height, channels, canvas);
    }

    private static int attribute(IIOMetadata metadata, String element, String name) {
        NodeList nodes = ((org.w3c.dom.Element) metadata.getAsTree(metadata.getNativeMetadataFormatName()))
                .getElementsByTagName(element);
        return Integer.parseInt(((org.w3c.dom.Element) nodes.item(0)).getAttribute(name));
    }

    /** The file's values row by row; ColorModel's own conversion would apply gamma to grey and profiles to all. */
    private Picture pixels(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        byte[] out = new byte[width * height * channels];
        Raster raster = image.getRaster();
        ColorModel colours = image.getColorModel();
        int bands = raster.getNumBands();
        boolean components = colours instanceof ComponentColorModel
                && !colours.isAlphaPremultiplied()
                && colours.getNumColorComponents() == (colours.hasAlpha() ? bands - 1 : bands)
                && (colours.getNumColorComponents() == 1 || colours.getNumColorComponents() == 3);
        boolean deep = raster.getTransferType() == DataBuffer.TYPE_USHORT;
        boolean plain = components && (deep || raster.getTransferType() == DataBuffer.TYPE_BYTE);
        int[] palette = null;
        if (colours instanceof IndexColorModel indexed) {
            palette = new int[indexed.getMapSize()];
            indexed.getRGBs(palette);
        }
        int[] row = null;
        int[] argb = null;
        int step = plain ? bands : 4;
        int[] values = new int[width * step];
        for (int y = 0; y < height; y++) {
            if (plain) {
                values = raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, values);
                for (int i = 0; deep && i < values.length; i++) {
                    values[i] = (values[i] * 255 + 32767) / 65535;
                }
            } else {
                if (palette != null) {
                    row = raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
                    argb = argb == null ? new int[width] : argb;
                    for (int x = 0; x < width; x++) {
                        argb[x] = palette[row[x]];
                    }
                } else {
                    argb = image.getRGB(0, y, width, 1, argb, 0, width);
                }
                for (int x = 0; x < width; x++) {
                    values[4 * x] = argb[x] >> 16 & 255;
                    values[4 * x + 1] = argb[x] >> 8 & 255;
                    values[4 * x + 2] = argb[x] & 255;
                    values[4 * x + 3] = argb[x] >>> 24;
                }
            }
            byte[] line = composite(values, step, width).data();
            System.arraycopy(line, 0, out, y * line.length, line.length);
        }
        return new Picture(width, height, channels, out);
    }

    /** @param step values a pixel: grey, grey and alpha, RGB, RGB and alpha */
    private Picture composite(int[] values, int step, int width) {
        int colours = step < 3 ? 1 : 3;
        boolean alpha = step % 2 == 0;
        // Grey with alpha is laid on a coloured background as RGB.
        int kept = colours == 1 && !alpha ? 1 : 3;
        byte[] line = new byte[width * kept];
        for (int x = 0; x < width; x++) {
            int opacity = alpha ? values[x * step + step - 1] : 255;
            for (int c = 0; c < kept; c++) {
                int value = values[x * step + Math.min(c, colours - 1)];
                int behind = background >> (16 - 8 * c) & 255;
                line[x * kept + c] = (byte) ((value * opacity + behind * (255 - opacity) + 127) / 255);
            }
        }
        return new Picture(width, 1, kept, line).withChannels(channels);
    }
}
