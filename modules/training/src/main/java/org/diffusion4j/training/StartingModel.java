package org.diffusion4j.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetConfigBuilder;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.diffusers.ModelSettings;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.WeightTensor;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The model that training starts from: a new network, or that of another model, adapted to the pictures.
 *
 * @param model with the pictures' size, channels and classes
 * @param changed the weights of the other model that were made anew or left out, one line per weight; empty for a new network
 */
public record StartingModel(DiffusersModel model, List<String> changed) {
    /** Settings that draw well in few steps with any model. */
    private static final ModelSettings.Sampling SAMPLING = new ModelSettings.Sampling(
            SchedulerKind.DDIM, 50, null, Map.of("timestep_spacing", "trailing", "use_clipped_model_output", true));
    /** With label dropout, guidance makes a class's pictures clearer. */
    private static final double GUIDANCE = 2;

    /** Keeps its own copy of the lines. */
    public StartingModel {
        changed = List.copyOf(changed);
    }

    /**
     * Makes a new network with initial weights.
     *
     * @param config its options; size, channels and classes are replaced by those of the pictures
     * @param scheduler the noise schedule, and what is predicted
     * @param pictures the pictures that it will learn
     * @param seed the seed of the weights
     * @return the model
     * @throws Diffusion4jException if the network can't have the pictures' size, or is too large for this machine
     */
    public static StartingModel scratch(
            UNetConfig config, SchedulerConfig scheduler, PictureSource pictures, long seed) {
        UNetConfig fitting = fitting(config, pictures);
        checkMemory(fitting);
        return new StartingModel(
                DiffusersModel.of(fitting, scheduler, initial(fitting, seed))
                        .withSettings(settings(pictures, SAMPLING)),
                List.of());
    }

    /**
     * Adapts another model's network. Every layer of the same shape keeps its weights. If the number of channels or classes
     * differs, the layers that depend on it are made anew. If only the size differs, no layer changes.
     *
     * @param base with a scheduler
     * @param pictures the pictures that it will learn
     * @param seed the seed of the weights that are made anew
     * @return the model
     * @throws Diffusion4jException if the network can't have the pictures' size
     */
    public static StartingModel fineTune(DiffusersModel base, PictureSource pictures, long seed) {
        UNetConfig fitting = fitting(base.config(), pictures);
        List<String> changed = new ArrayList<>();
        Map<String, WeightTensor> weights = new LinkedHashMap<>();
        initial(fitting, seed).forEach((name, made) -> {
            WeightTensor before = base.tensors().get(name);
            boolean kept = before != null && Arrays.equals(before.shape(), made.shape());
            weights.put(name, kept ? before : Tensor.of(made));
            if (!kept) {
                changed.add(String.format(
                        Locale.ROOT,
                        "%s: made anew, %s where the model has %s",
                        name,
                        Arrays.toString(made.shape()),
                        before == null ? "none" : Arrays.toString(before.shape())));
            }
        });
        base.tensors().keySet().stream()
                .filter(name -> !weights.containsKey(name))
                .forEach(name -> changed.add(name + ": left out, as the pictures have no classes"));
        ModelSettings.Sampling best = base.settings().equals(ModelSettings.NONE)
                ? SAMPLING
                : base.settings().sampling();
        return new StartingModel(
                base.withConfig(fitting).withTensors(weights).withSettings(settings(pictures, best)), changed);
    }

    /**
     * Checks that this machine has enough memory to train a network with any batch. Nothing is allocated.
     *
     * @param config its options, with a sample size
     * @throws Diffusion4jException if it doesn't, or the options make no valid network
     */
    public static void checkMemory(UNetConfig config) {
        try {
            TrainingMemory.check(config);
        } catch (IllegalArgumentException e) {
            throw new Diffusion4jException("network: " + e.getMessage(), e);
        }
    }

    private static UNetConfig fitting(UNetConfig config, PictureSource pictures) {
        int classes = pictures.classNames().size();
        UNetConfigBuilder builder = config.toBuilder()
                .sampleSize(new SampleSize(pictures.height(), pictures.width()))
                .inChannels(pictures.channels())
                .outChannels(pictures.channels())
                // The last label stands for no class.
                .numClassEmbeds(classes == 0 ? null : Integer.valueOf(classes + 1));
        try {
            return builder.build();
        } catch (IllegalArgumentException e) {
            throw new Diffusion4jException("network: " + e.getMessage(), e);
        }
    }

    private static ModelSettings settings(PictureSource pictures, ModelSettings.Sampling sampling) {
        int classes = pictures.classNames().size();
        Double guidance =
                classes == 0 ? null : sampling.guidance() != null ? sampling.guidance() : Double.valueOf(GUIDANCE);
        return new ModelSettings(
                pictures.classNames(),
                classes == 0 ? null : classes,
                new ModelSettings.Sampling(sampling.sampler(), sampling.steps(), guidance, sampling.options()));
    }

    private static Map<String, INDArray> initial(UNetConfig config, long seed) {
        SameDiff graph;
        try {
            graph = UNetGraph.of(config).seed(seed).build();
        } catch (IllegalArgumentException e) {
            throw new Diffusion4jException("network: " + e.getMessage(), e);
        }
        Map<String, INDArray> weights = new LinkedHashMap<>();
        for (String name : config.parameterShapes().keySet()) {
            weights.put(name, graph.getVariable(name).getArr());
        }
        return weights;
    }
}
