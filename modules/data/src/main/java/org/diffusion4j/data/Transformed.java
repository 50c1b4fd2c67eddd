package org.diffusion4j.data;

import java.util.Random;
import java.util.function.Function;
import org.bytedeco.javacv.OpenCVFrameConverter;
import org.bytedeco.opencv.global.opencv_core;
import org.bytedeco.opencv.opencv_core.Mat;
import org.datavec.image.data.ImageWritable;
import org.datavec.image.transform.ImageTransform;
import org.datavec.image.transform.PipelineImageTransform;
import org.diffusion4j.Diffusion4jException;
import org.nd4j.linalg.factory.Nd4j;

/** Applies a DataVec transform to a picture. DataVec uses OpenCV's frames, which have blue first. */
final class Transformed {
    private Transformed() {}

    /**
     * @param transform makes a new transform, since transforms have a state and are for one thread only
     * @param seed the seed of the generator that the transform is given, and of this thread's ND4J generator, which
     *     pipelines and random crops use; the generator of the reader's thread, which draws the noise, isn't touched
     */
    static Picture by(Function<Random, ImageTransform> transform, Picture picture, long seed) {
        ImageTransform made = transform.apply(new Random(seed));
        if (made instanceof PipelineImageTransform pipeline && pipeline.isShuffle()) {
            throw new Diffusion4jException(
                    "expected a pipeline in a fixed order, found shuffle, whose order nothing can be told to repeat");
        }
        Nd4j.getRandom().setSeed(seed);
        try (OpenCVFrameConverter.ToMat converter = new OpenCVFrameConverter.ToMat();
                Mat mat = new Mat(picture.height(), picture.width(), opencv_core.CV_8UC(picture.channels()))) {
            mat.data().put(swapped(picture.data().clone(), picture.channels()));
            ImageWritable changed = made.transform(new ImageWritable(converter.convert(mat)));
            return picture(converter.convert(changed.getFrame()));
        }
    }

    private static Picture picture(Mat mat) {
        int channels = mat.channels();
        if (mat.depth() != opencv_core.CV_8U || (channels != 1 && channels != 3)) {
            throw new Diffusion4jException(
                    "expected 8 bits and 1 or 3 channels of it, found OpenCV's type " + mat.type());
        }
        // A crop is a view, whose rows aren't contiguous.
        Mat whole = mat.isContinuous() ? mat : mat.clone();
        byte[] data = new byte[whole.rows() * whole.cols() * channels];
        whole.data().get(data);
        return new Picture(whole.cols(), whole.rows(), channels, swapped(data, channels));
    }

    private static byte[] swapped(byte[] data, int channels) {
        for (int i = 0; channels == 3 && i < data.length; i += 3) {
            byte first = data[i];
            data[i] = data[i + 2];
            data[i + 2] = first;
        }
        return data;
    }
}
