package org.diffusion4j.server.model;

import org.diffusion4j.picture.Pixels;
import org.diffusion4j.pipeline.SampleListener;
import org.diffusion4j.pipeline.SampleProgress;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Tells of a drawing whose samples are pictures.
 *
 * @param listener is told
 */
record PictureListener(DrawListener listener) implements SampleListener {
    @Override
    public boolean isCancelled() {
        return listener.isCancelled();
    }

    @Override
    public void stepped(SampleProgress progress, INDArray samples, INDArray denoised) {
        listener.stepped(progress.done(), progress.total());
        if (listener.wantsPreviews()) {
            listener.previewed(progress.first(), Pixels.toPictures(denoised == null ? samples : denoised));
        }
    }
}
