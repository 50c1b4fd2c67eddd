package org.diffusion4j.server.model;

import java.util.List;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.graph.SampleSize;

/**
 * What a model can do, and what it does if it isn't asked for something else.
 *
 * @param kind what it draws by
 * @param classes the labels' numbers with their names, without the one that stands for no class; empty if it has no classes
 * @param drawsWithoutClass whether it draws without a class, too
 * @param size the usual size of its pictures
 * @param sizeMultiple what width and height are multiples of; 0 if the size is fixed
 * @param drawsFromPictures whether it draws from a picture, and parts of one by a mask
 * @param needsPicture whether it draws nothing without a picture and a mask
 * @param guided whether guidance has an effect
 * @param sampler its best sampler
 * @param steps its best number of steps
 * @param guidance its best guidance
 * @param loras the names of the adapters that clients may ask for
 * @param controls the names of its ControlNets
 * @param parameters the number of the denoising network's parameters
 */
public record ModelTraits(
        Kind kind,
        List<ClassName> classes,
        boolean drawsWithoutClass,
        SampleSize size,
        int sizeMultiple,
        boolean drawsFromPictures,
        boolean needsPicture,
        boolean guided,
        SchedulerKind sampler,
        int steps,
        double guidance,
        List<String> loras,
        List<String> controls,
        long parameters) {
    /** What a model draws by. */
    public enum Kind {
        /** A text. */
        PROMPT,
        /** Classes. */
        CLASSES,
        /** Nothing: each picture is of what it was trained with. */
        UNCONDITIONAL
    }

    /**
     * A class.
     *
     * @param label its number
     * @param name what people call it; the number if it has no name
     */
    public record ClassName(int label, String name) {}

    /** Keeps copies. */
    public ModelTraits {
        classes = List.copyOf(classes);
        loras = List.copyOf(loras);
        controls = List.copyOf(controls);
    }
}
