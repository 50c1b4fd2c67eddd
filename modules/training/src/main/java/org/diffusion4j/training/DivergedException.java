package org.diffusion4j.training;

import java.util.List;
import java.util.Locale;
import org.diffusion4j.Diffusion4jException;

/** The loss, or the gradient's norm, isn't a finite number: there is nothing to learn from such a step. */
public final class DivergedException extends Diffusion4jException {
    private static final long serialVersionUID = 1L;

    /** The message names no more pictures. */
    static final int MOST_NAMES = 3;

    /**
     * @param step at which it was found, from 1
     * @param loss of the step
     * @param gradientNorm of the step
     * @param names of the step's pictures, or of the first batch of it that shows the fault
     */
    DivergedException(long step, double loss, double gradientNorm, List<String> names) {
        super(String.format(
                Locale.ROOT,
                "step %d: expected a finite loss, found a loss of %s and a gradient norm of %s with the pictures %s",
                step,
                loss,
                gradientNorm,
                list(names)));
    }

    private static String list(List<String> names) {
        String first = String.join(", ", names.subList(0, Math.min(MOST_NAMES, names.size())));
        return names.size() > MOST_NAMES ? first + " and others" : first;
    }

    /**
     * The same with what can be done about it.
     *
     * @param cause without a remedy
     * @param remedy a part of a sentence, which follows the cause's after a semicolon
     */
    public DivergedException(DivergedException cause, String remedy) {
        super(cause.getMessage() + "; " + remedy, cause);
    }
}
