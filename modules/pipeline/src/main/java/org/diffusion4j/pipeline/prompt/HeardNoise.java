package org.diffusion4j.pipeline.prompt;

import org.diffusion4j.pipeline.part.Rows;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Tells a listener what is drawn. */
record HeardNoise(LatentNoise noise, PromptListener listener) implements LatentNoise {
    @Override
    public INDArray next(int first, int images, long... shape) {
        return heard(noise.next(first, images, shape));
    }

    @Override
    public INDArray nextEach(int first, int images, long... shape) {
        if (noise.isOne()) {
            return heard(noise.nextEach(first, images, shape));
        }
        INDArray[] each = new INDArray[images];
        for (int i = 0; i < images; i++) {
            each[i] = heard(noise.nextEach(first + i, 1, shape));
        }
        return Rows.joined(each);
    }

    private INDArray heard(INDArray drawn) {
        listener.drew(drawn);
        return drawn;
    }

    @Override
    public boolean isOne() {
        return noise.isOne();
    }
}
