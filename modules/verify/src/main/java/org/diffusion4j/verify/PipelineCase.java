package org.diffusion4j.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.diffusion4j.diffusion.sampler.Sampler;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.picture.Pixels;
import org.diffusion4j.pipeline.Conditioning;
import org.diffusion4j.pipeline.Denoising;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** A pipeline folder: network and sampler together, where each step begins with the result of the last one. */
final class PipelineCase {
    private PipelineCase() {}

    static List<Comparison> verify(ReferenceCase reference, Function<SameDiff, NoisePredictor> engine) {
        try (DiffusersModel model = DiffusersFolder.read(reference.folder())) {
            return verify(model, reference, engine);
        }
    }

    private static List<Comparison> verify(
            DiffusersModel model, ReferenceCase reference, Function<SameDiff, NoisePredictor> engine) {
        INDArray noise = reference.tensor("initial_noise");
        int steps = reference.whole().integer("num_inference_steps");
        List<Comparison> result = new ArrayList<>();
        try (NoisePredictor network = engine.apply(UNetGraph.of(model.config())
                .size((int) noise.size(2), (int) noise.size(3))
                .sharedWeights(model.tensors())
                .build())) {
            if (reference.has("ddpm.timesteps")) {
                result.addAll(replay(
                        "ddpm.",
                        reference,
                        network,
                        SchedulerKind.DDPM.of(model.schedulerKeys()).sampler(steps)));
            }
            if (reference.has("ddim.timesteps")) {
                double eta = reference.whole().number("eta", 0);
                result.addAll(replay(
                        "ddim.",
                        reference,
                        network,
                        SchedulerKind.DDIM
                                .of(model.schedulerKeys())
                                .with(Map.of("eta", eta))
                                .sampler(steps)));
            }
        }
        return result;
    }

    private static List<Comparison> replay(
            String prefix, ReferenceCase reference, NoisePredictor network, Sampler sampler) {
        Tolerance tolerance = reference.tolerance();
        List<Comparison> outputs = new ArrayList<>();
        List<Comparison> samples = new ArrayList<>();
        AtomicInteger draws = new AtomicInteger();
        INDArray sample = new Denoising(network, sampler, Conditioning.none())
                .denoise(
                        reference.tensor("initial_noise"),
                        () -> at(reference, prefix + "step_noise", draws.getAndIncrement()),
                        (step, output, after) -> {
                            int i = step.number() - 1;
                            outputs.add(
                                    tolerance.compare("step " + i, output, at(reference, prefix + "model_outputs", i)));
                            samples.add(tolerance.compare("step " + i, after, at(reference, prefix + "samples", i)));
                        });
        INDArray image = Pixels.toUnitRange(sample).permute(0, 2, 3, 1);
        return List.of(
                Tolerance.absolute(0)
                        .compare(
                                prefix + "timesteps",
                                Nd4j.createFromArray(sampler.timesteps()),
                                reference.tensor(prefix + "timesteps")),
                Comparison.worst(prefix + "model_outputs", outputs),
                Comparison.worst(prefix + "samples", samples),
                tolerance.compare(prefix + "final_image", image, reference.tensor(prefix + "final_image")));
    }

    private static INDArray at(ReferenceCase reference, String tensor, int index) {
        return reference.tensor(tensor).get(NDArrayIndex.point(index)).dup('c');
    }
}
