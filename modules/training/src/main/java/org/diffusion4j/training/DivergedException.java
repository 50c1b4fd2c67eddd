package org.diffusion4j.training;

import java.util.List;
import java.util.Locale;
import org.diffusion4j.Diffusion4jException;

/** The loss or the gradient's norm isn't a finite number, so nothing can be learnt from the step. */
public final class DivergedException extends Diffusion4jException {
    private static final long serialVersionUID = 1L;

    /** The largest number of pictures that the message names. */
    static final int MOST_NAMES = 3;

    /**
     * @param step the step at which it was found, from 1
     * @param loss the loss of the step
     * @param gradientNorm the gradient's norm in the step
     * @param names the names of the step's pictures, or of those of its first batch that has the fault
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
     * The same exception with advice.
     *
     * @param cause the exception without advice
     * @param remedy a part of a sentence, which follows the cause's after a semicolon
     */
    public DivergedException(DivergedException cause, String remedy) {
        super(cause.getMessage() + "; " + remedy, cause);
    }
}
