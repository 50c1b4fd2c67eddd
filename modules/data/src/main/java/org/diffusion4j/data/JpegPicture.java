package org.diffusion4j.data;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;

/**
 * A JPEG, which Java's libjpeg decodes. Profiles are ignored. CMYK is read as Adobe stores it, inverted, and converted to
 * RGB as in Pillow.
 */
final class JpegPicture implements EncodedPicture {
    private static final String PROVIDER = "com.sun.imageio.plugins.jpeg.JPEGImageReaderSpi";
    private static final int CMYK = 4;

    private final JpegSegments segments;
    private final JpegFrame frame;

    JpegPicture(byte[] file) throws IOException {
        segments = new JpegSegments(file);
        frame = segments.frame();
    }

    @Override
    public int width() {
        return frame.width();
    }

    @Override
    public int height() {
        return frame.height();
    }

    @Override
    public int orientation() {
        return segments.orientation();
    }

    @Override
    public long memory(int channels) {
        int beside =
                frame.components() == CMYK ? CMYK - channels : frame.components() == channels ? 0 : frame.components();
        return frame.coefficientBytes() + (long) width() * height() * beside;
    }

    @Override
    public Picture decode(int channels, int background) throws IOException {
        ImageReader reader = reader();
        String[] damage = new String[1];
        try {
            reader.addIIOReadWarningListener((source, warning) -> {
                if (tellsOfDamage(warning)) {
                    damage[0] = warning;
                }
            });
            reader.setInput(segments.stream(), true, true);
            ImageReadParam param = reader.getDefaultReadParam();
            Picture picture;
            if (frame.components() == CMYK) {
                picture = multiplied(bytes(reader.readRaster(0, param)), channels);
            } else {
                byte[] values = new byte[Math.multiplyExact(width() * height(), frame.components())];
                param.setDestination(image(values));
                reader.read(0, param);
                picture = new Picture(width(), height(), frame.components(), values).withChannels(channels);
            }
            if (damage[0] != null) {
                throw new IOException(damage[0]);
            }
            return picture;
        } finally {
            reader.dispose();
        }
    }

    /** Finds Java's own reader by its class, since other plugins and their order must make no difference. */
    private static ImageReader reader() throws IOException {
        ImageIO.scanForPlugins();
        Iterator<ImageReaderSpi> all =
                IIORegistry.getDefaultInstance().getServiceProviders(ImageReaderSpi.class, false);
        while (all.hasNext()) {
            ImageReaderSpi reader = all.next();
            if (reader.getClass().getName().equals(PROVIDER)) {
                return reader.createReaderInstance();
            }
        }
        throw new IllegalStateException("expected Java's " + PROVIDER + " (module java.desktop), found none");
    }

    /** An image on our own bytes in the decoder's order of channels; the order that it would choose costs a copy of each row. */
    private BufferedImage image(byte[] values) {
        int bands = frame.components();
        int[] offsets = bands == 1 ? new int[] {0} : new int[] {0, 1, 2};
        ColorSpace space = ColorSpace.getInstance(bands == 1 ? ColorSpace.CS_GRAY : ColorSpace.CS_sRGB);
        WritableRaster raster = Raster.createWritableRaster(
                new PixelInterleavedSampleModel(
                        DataBuffer.TYPE_BYTE, width(), height(), bands, bands * width(), offsets),
                new DataBufferByte(values, values.length),
                null);
        return new BufferedImage(
                new ComponentColorModel(space, false, false, ComponentColorModel.OPAQUE, DataBuffer.TYPE_BYTE),
                raster,
                false,
                null);
    }

    private static byte[] bytes(Raster raster) throws IOException {
        if (raster.getNumBands() == CMYK
                && raster.getSampleModel() instanceof PixelInterleavedSampleModel model
                && java.util.Arrays.equals(model.getBandOffsets(), new int[] {0, 1, 2, 3})
                && raster.getDataBuffer() instanceof DataBufferByte buffer
                && buffer.getSize() == CMYK * raster.getWidth() * raster.getHeight()) {
            return buffer.getData();
        }
        throw new IOException("expected four components for each pixel, found " + raster.getNumBands());
    }

    /** Converts CMYK in the decoder's own array, so that a large picture isn't in memory twice. */
    private Picture multiplied(byte[] values, int channels) {
        PixelRows rows = new PixelRows(width(), channels, 0, values);
        boolean ycck = segments.adobeYcck();
        int pixels = width() * height();
        for (int i = 0; i < pixels; i++) {
            int cyan = values[4 * i] & 255;
            int magenta = values[4 * i + 1] & 255;
            int yellow = values[4 * i + 2] & 255;
            int black = values[4 * i + 3] & 255;
            if (ycck) {
                int y = cyan;
                int u = magenta - 128;
                int v = yellow - 128;
                cyan = 255 - clamp(y + (int) Math.floor(1.402 * v + 0.5));
                magenta = 255 - clamp(y - (int) Math.floor(0.344136 * u + 0.714136 * v + 0.5));
                yellow = 255 - clamp(y + (int) Math.floor(1.772 * u + 0.5));
            }
            rows.put(i, inked(cyan, black), inked(magenta, black), inked(yellow, black), 255);
        }
        return rows.picture(height());
    }

    private static int clamp(int value) {
        return Math.max(0, Math.min(255, value));
    }

    /** A channel with Pillow's rounding: the light that black leaves, minus the part of it that the ink takes. */
    private static int inked(int value, int black) {
        int product = (255 - value) * black + 128;
        return Math.max(0, black - (((product >> 8) + product) >> 8));
    }

    /** Whether libjpeg continued with invented pixels after this warning; its other warnings are harmless. */
    private static boolean tellsOfDamage(String warning) {
        return (warning.startsWith("Corrupt JPEG data") && !warning.contains("extraneous bytes"))
                || warning.startsWith("Premature end")
                || warning.startsWith("Inconsistent progression");
    }
}
