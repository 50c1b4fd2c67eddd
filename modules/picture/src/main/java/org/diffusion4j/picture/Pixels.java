package org.diffusion4j.picture;

import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** From samples in [-1, 1] to pictures, as diffusers' {@code VaeImageProcessor} does it. */
public final class Pixels {
    private Pixels() {}

    /**
     * Brings samples to the range of pictures.
     *
     * @param sample [B,C,H,W], nominally in [-1, 1]
     * @return clamp(x/2 + 0.5, 0, 1), the same shape, a new array
     */
    public static INDArray toUnitRange(INDArray sample) {
        return clamp(sample.div(2).addi(0.5), 0, 1);
    }

    /**
     * Brings samples to 8 bits a channel: {@link #toUnitRange}, times 255, rounded half to even.
     *
     * @param sample [B,C,H,W], nominally in [-1, 1]
     * @return an array an image, its H·W·C bytes row by row with the channels of a pixel side by side
     * @throws IllegalArgumentException if the array has not four dimensions, or a value that is not a number
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
     * Brings samples to pictures of 8 bits a channel, with the bytes of {@link #toBytes}.
     *
     * @param sample [B,C,H,W] with one channel or three, nominally in [-1, 1]
     * @return a picture an image: grey or RGB
     * @throws IllegalArgumentException if the shape is another, or a value is not a number
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
        // By the raster: setRGB would take grey through a colour space.
        picture.getRaster().setPixels(0, 0, width, height, samples);
        return picture;
    }

    private static INDArray clamp(INDArray array, double minimum, double maximum) {
        Transforms.max(array, minimum, false);
        return Transforms.min(array, maximum, false);
    }
}
