package org.diffusion4j.picture;

import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Converts samples in [-1, 1] to pictures, as diffusers' {@code VaeImageProcessor} does. */
public final class Pixels {
    private Pixels() {}

    /**
     * Converts samples to the range of pictures.
     *
     * @param sample [B,C,H,W], nominally in [-1, 1]
     * @return clamp(x/2 + 0.5, 0, 1), the same shape, a new array
     */
    public static INDArray toUnitRange(INDArray sample) {
        return clamp(sample.div(2).addi(0.5), 0, 1);
    }

    /**
     * Converts samples to 8 bits per channel: {@link #toUnitRange}, times 255, rounded half to even.
     *
     * @param sample [B,C,H,W], nominally in [-1, 1]
     * @return one array per image with its H·W·C bytes, row by row, with the channels of a pixel next to each other
     * @throws IllegalArgumentException if the array doesn't have four dimensions, or has a value that is NaN
     */
    public static byte[][] toBytes(INDArray sample) {
        if (sample.rank() != 4) {
            throw new IllegalArgumentException("sample: expected [B,C,H,W], found " + Arrays.toString(sample.shape()));
        }
        int images = (int) sample.size(0);
        int channels = (int) sample.size(1);
        int pixels = (int) (sample.size(2) * sample.size(3));
        float[] values = sample.castTo(DataType.FLOAT).dup('c').data().asFloat();
        byte[][] bytes = new byte[images][channels * pixels];
        for (int index = 0; index < values.length; index++) {
            if (Float.isNaN(values[index])) {
                throw new IllegalArgumentException("sample: expected numbers, found NaN in image "
                        + index / (channels * pixels) + " of " + images);
            }
            int channel = index / pixels % channels;
            float unit = Math.min(Math.max(values[index] / 2 + 0.5f, 0), 1);
            bytes[index / (channels * pixels)][index % pixels * channels + channel] = (byte) Math.rint(unit * 255);
        }
        return bytes;
    }

    /**
     * Converts samples to pictures with 8 bits per channel, which have the bytes of {@link #toBytes}.
     *
     * @param sample [B,C,H,W] with one or three channels, nominally in [-1, 1]
     * @return one picture per image, grey or RGB
     * @throws IllegalArgumentException if the shape is another one, or a value is NaN
     */
    public static List<BufferedImage> toPictures(INDArray sample) {
        byte[][] bytes = toBytes(sample);
        if (sample.size(1) != 1 && sample.size(1) != 3) {
            throw new IllegalArgumentException("sample: expected 1 or 3 channels, found " + sample.size(1));
        }
        return Stream.of(bytes)
                .map(interleaved -> picture(interleaved, (int) sample.size(3), (int) sample.size(2)))
                .toList();
    }

    private static BufferedImage picture(byte[] interleaved, int width, int height) {
        boolean grey = interleaved.length == width * height;
        BufferedImage picture =
                new BufferedImage(width, height, grey ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_3BYTE_BGR);
        int[] samples = new int[interleaved.length];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = interleaved[i] & 0xff;
        }
        // This sets the raster directly, because setRGB would convert grey between colour spaces.
        picture.getRaster().setPixels(0, 0, width, height, samples);
        return picture;
    }

    private static INDArray clamp(INDArray array, double minimum, double maximum) {
        Transforms.max(array, minimum, false);
        return Transforms.min(array, maximum, false);
    }
}
