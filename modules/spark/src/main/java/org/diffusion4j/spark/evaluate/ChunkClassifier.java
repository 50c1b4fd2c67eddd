package org.diffusion4j.spark.evaluate;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.FittedPictures;
import org.diffusion4j.data.PictureOptions;
import org.diffusion4j.training.evaluate.LeNet;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Decodes a partition's pictures and shows them to the classifier, a chunk at a time.
 *
 * @param network the classifier
 * @param shape of the pictures that it learned from
 * @param resized whether pictures of another size are resized; otherwise they are refused
 */
record ChunkClassifier(Broadcast<byte[]> network, Shape shape, boolean resized)
        implements FlatMapFunction<Iterator<PictureChunk>, ChunkFeatures> {
    /** Channels and size. */
    record Shape(int channels, int height, int width) implements Serializable {}

    @Override
    public Iterator<ChunkFeatures> call(Iterator<PictureChunk> chunks) {
        FittedPictures fitted = new FittedPictures(PictureOptions.builder(shape.height, shape.width)
                .grey(shape.channels == 1)
                .build());
        List<ChunkFeatures> seen = new ArrayList<>();
        if (!chunks.hasNext()) {
            return seen.iterator();
        }
        try (LeNet classifier = LeNet.of(network.value())) {
            while (chunks.hasNext()) {
                PictureChunk chunk = chunks.next();
                try (INDArray sample = sample(chunk.pictures(), fitted)) {
                    seen.add(ChunkFeatures.of(chunk, classifier.classify(sample, null)));
                }
            }
        }
        return seen.iterator();
    }

    private INDArray sample(List<NamedPicture> pictures, FittedPictures fitted) {
        int each = shape.channels * shape.height * shape.width;
        float[] values = new float[pictures.size() * each];
        for (int i = 0; i < pictures.size(); i++) {
            NamedPicture picture = pictures.get(i);
            FittedPictures.Size size = fitted.read(picture.name(), picture.file(), values, i * each);
            if (!resized && !size.equals(new FittedPictures.Size(shape.width, shape.height))) {
                throw new Diffusion4jException(picture.name() + ": expected a picture of the size of the others, "
                        + new FittedPictures.Size(shape.width, shape.height) + ", found " + size);
            }
        }
        return Nd4j.create(values, new long[] {pictures.size(), shape.channels, shape.height, shape.width}, 'c');
    }
}
