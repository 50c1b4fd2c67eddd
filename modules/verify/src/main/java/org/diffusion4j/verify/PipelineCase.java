package org.diffusion4j.verify;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.diffusion4j.diffusion.Pixels;
import org.diffusion4j.diffusion.sampler.DdimSampler;
import org.diffusion4j.diffusion.sampler.DdpmSampler;
import org.diffusion4j.diffusion.sampler.Sampler;
import org.diffusion4j.diffusion.schedule.SchedulerConfig;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.weights.DiffusersFolder;
import org.diffusion4j.weights.DiffusersModel;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** A pipeline folder: network and sampler together, each step from where the last one led. */
final class PipelineCase {
    private PipelineCase() {}

    static List<Comparison> verify(ReferenceCase reference, Function<SameDiff, NoisePredictor> engine) {
        DiffusersModel model = DiffusersFolder.read(reference.folder());
        INDArray noise = reference.tensor("initial_noise");
        int steps = reference.whole().integer("num_inference_steps");
        SchedulerConfig scheduler = model.scheduler();
        List<Comparison> result = new ArrayList<>();
        try (NoisePredictor network = engine.apply(UNetGraph.of(model.config())
                .size((int) noise.size(2), (int) noise.size(3))
                .weights(model.weights())
                .build())) {
            if (reference.has("ddpm.timesteps")) {
                result.addAll(replay("ddpm.", reference, network, new DdpmSampler(scheduler.toDdpm(), steps)));
            }
            if (reference.has("ddim.timesteps")) {
                double eta = reference.whole().number("eta", 0);
                result.addAll(
                        replay("ddim.", reference, network, new DdimSampler(scheduler.toDdim(), steps, eta, false)));
            }
        }
        return result;
    }

    private static List<Comparison> replay(
            String prefix, ReferenceCase reference, NoisePredictor network, Sampler sampler) {
        Tolerance tolerance = reference.tolerance();
        List<Comparison> outputs = new ArrayList<>();
        List<Comparison> samples = new ArrayList<>();
        INDArray sample = reference.tensor("initial_noise");
        int draw = 0;
        for (int i = 0; i < sampler.timesteps().length; i++) {
            INDArray timestep =
                    Nd4j.valueArrayOf(new long[] {sample.size(0)}, (double) sampler.timesteps()[i], DataType.FLOAT);
            INDArray output = network.predict(sampler.scaleModelInput(sample, i), timestep, Map.of());
            outputs.add(tolerance.compare("step " + i, output, at(reference, prefix + "model_outputs", i)));
            INDArray noise = sampler.drawsNoise(i) ? at(reference, prefix + "step_noise", draw++) : null;
            sample = sampler.step(output, i, sample, noise).prevSample();
            samples.add(tolerance.compare("step " + i, sample, at(reference, prefix + "samples", i)));
        }
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
