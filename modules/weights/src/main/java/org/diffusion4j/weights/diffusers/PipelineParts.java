package org.diffusion4j.weights.diffusers;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.graph.NetworkConfig;

/**
 * The parts of a pipeline of the Stable Diffusion family, wherever they are: in a folder of diffusers' layout, or in a single
 * file. A part is read when it is asked for, and weights stay in their files. The parts have the names of {@link
 * PipelineFolder}'s constants.
 */
public interface PipelineParts {
    /**
     * What was opened.
     *
     * @return the folder or the file
     */
    Path place();

    /**
     * The file that a part's options are in, for messages.
     *
     * @param part its name
     * @return such as {@code unet/config.json} below the pipeline's folder; the single file if they are elsewhere
     */
    Path configFile(String part);

    /**
     * The class that Python would make of it.
     *
     * @return such as {@code StableDiffusionXLPipeline}
     */
    String className();

    /**
     * The parts that there are.
     *
     * @return the class of each part by its name, in the order of the pipeline's index
     */
    Map<String, String> parts();

    /**
     * Whether there is a part.
     *
     * @param part its name, such as {@link PipelineFolder#TEXT_ENCODER_2}
     * @return false if it is missing or null
     */
    default boolean has(String part) {
        return parts().containsKey(part);
    }

    /**
     * Whether a part is a network.
     *
     * @param part its name
     * @return false for tokenizers and the scheduler
     */
    default boolean isNetwork(String part) {
        return !part.equals(PipelineFolder.SCHEDULER) && !part.startsWith(PipelineFolder.TOKENIZER);
    }

    /**
     * The ControlNets.
     *
     * @return their names in order, for {@link #network}; empty if there are none
     * @throws org.diffusion4j.Diffusion4jException if the first one is missing
     */
    List<String> controlNets();

    /**
     * Reads a part that is a network.
     *
     * @param <C> its options
     * @param part its name
     * @param type the class of its options
     * @return the network, whose weights stay in their files; the caller closes it
     * @throws org.diffusion4j.Diffusion4jException if there is no such part, or something in it isn't as it must be
     */
    <C extends NetworkConfig> Component<C> network(String part, Class<C> type);

    /**
     * Reads the options of a part that is a network, without its weights.
     *
     * @param <C> the options
     * @param part its name
     * @param type the class of the options
     * @return the options
     * @throws org.diffusion4j.Diffusion4jException if there is no such part, or something in it isn't as it must be
     */
    <C extends NetworkConfig> C config(String part, Class<C> type);

    /**
     * Finds a tokenizer.
     *
     * @param part its name, such as {@link PipelineFolder#TOKENIZER}
     * @return where it is
     */
    TokenizerPlace tokenizer(String part);

    /**
     * Reads the scheduler.
     *
     * @return its configuration
     * @throws org.diffusion4j.Diffusion4jException if something in it isn't as it must be
     */
    SchedulerConfig scheduler();

    /**
     * Reads the keys of the scheduler's file, from which any kind of scheduler can be made.
     *
     * @return values by key
     * @throws org.diffusion4j.Diffusion4jException if the file isn't as it must be
     */
    Map<String, Object> schedulerKeys();

    /**
     * Reads what diffusers' files can't express.
     *
     * @return the settings; {@link ModelSettings#NONE} if there are none
     * @throws org.diffusion4j.Diffusion4jException if their file isn't as it must be
     */
    ModelSettings settings();

    /**
     * Whether a pipeline with two text encoders takes zeros in place of an encoded text where there is no negative prompt.
     *
     * @return true if nothing says otherwise
     */
    boolean forcesZeros();

    /**
     * What was noticed, but isn't an error.
     *
     * @return one line each; usually none
     */
    List<String> notes();

    /**
     * What is noticed of the networks when they are read, known without reading their numbers: here, nothing.
     *
     * @return a line for each, such as of tensors that a network doesn't have
     * @throws org.diffusion4j.Diffusion4jException if a file or a tensor is missing or isn't as it must be
     */
    default List<String> networkNotes() {
        return List.of();
    }
}
