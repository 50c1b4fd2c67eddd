package org.diffusion4j.pipeline.part;

import java.util.function.Function;
import org.diffusion4j.pipeline.Denoising;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Pictures themselves, for a network that needs no autoencoder.
 *
 * @param channels 3, or 1 if they are grey
 */
public record PixelSpace(int channels) implements SampleSpace {
    @Override
    public int colours() {
        return channels;
    }

    @Override
    public int factor() {
        return 1;
    }

    @Override
    public String origin() {
        return "a picture";
    }

    @Override
    public PictureCoder open(GraphOpener opener, GraphOpener exact) {
        return new Coder();
    }

    private record Coder() implements PictureCoder {
        @Override
        public EncodedPictures encode(INDArray pictures) {
            return new Themselves(pictures.dup('c'));
        }

        /** A network's last step may go beyond what a picture can show. */
        @Override
        public INDArray decode(INDArray samples) {
            return Transforms.max(Transforms.min(samples, 1, true), -1, false);
        }

        @Override
        public void close() {}
    }

    private record Themselves(INDArray pictures) implements EncodedPictures {
        @Override
        public int count() {
            return Math.toIntExact(pictures.size(0));
        }

        @Override
        public INDArray draw(int first, int images, Function<long[], INDArray> noise) {
            return Rows.ofPictures(pictures, first, images);
        }

        @Override
        public void close() {
            Denoising.free(pictures);
        }
    }
}
