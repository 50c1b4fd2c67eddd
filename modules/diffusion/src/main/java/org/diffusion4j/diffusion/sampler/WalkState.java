package org.diffusion4j.diffusion.sampler;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The state of a walk: everything that its next steps depend on.
 *
 * @param firstStep the step that the walk began with, from 0; a multistep solver knows only the steps since then
 * @param step the next step; the number of steps at the walk's end
 * @param sample the sample before that step, [B,C,H,W]
 * @param denoised the clean sample that the network predicted in the step before, clipped or thresholded; null before the
 *     first step
 * @param history what the solver keeps of earlier steps, each [B,C,H,W]; only the solver knows their meaning
 */
public record WalkState(int firstStep, int step, INDArray sample, INDArray denoised, List<INDArray> history) {
    /** Copies the list, but not the arrays. */
    public WalkState {
        history = List.copyOf(history);
    }

    /** The number of steps done since the walk began. */
    int done() {
        return step - firstStep;
    }

    /** The state after this one. */
    WalkState next(INDArray nextSample, INDArray nextDenoised, List<INDArray> nextHistory) {
        return new WalkState(firstStep, step + 1, nextSample, nextDenoised, nextHistory);
    }

    /** The state after this one, for a solver that keeps nothing. */
    WalkState next(INDArray nextSample, INDArray nextDenoised) {
        return next(nextSample, nextDenoised, List.of());
    }

    /** Whether an array is a part of the state. */
    private boolean has(INDArray array) {
        return array == sample || array == denoised || history.stream().anyMatch(one -> one == array);
    }

    /** Frees the arrays that the next state doesn't have. */
    void closeAllBut(WalkState next) {
        close(sample, next);
        close(denoised, next);
        history.forEach(array -> close(array, next));
    }

    private static void close(INDArray array, WalkState next) {
        if (array != null && array.closeable() && !array.wasClosed() && (next == null || !next.has(array))) {
            array.close();
        }
    }

    /** A copy, including the arrays. */
    WalkState copy() {
        return new WalkState(
                firstStep,
                step,
                sample.dup(),
                denoised == null ? null : denoised.dup(),
                history.stream().map(INDArray::dup).toList());
    }
}
