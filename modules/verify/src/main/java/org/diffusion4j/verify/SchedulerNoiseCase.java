package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;
import org.diffusion4j.diffusion.sampler.Sampler;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.diffusion.sampler.Walk;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A scheduler's forward process: the noise that training adds, and the start of walks that begin in the middle. */
final class SchedulerNoiseCase {
    private SchedulerNoiseCase() {}

    static List<Comparison> verify(ReferenceCase reference) {
        SchedulerConfig config = SchedulerCase.config(reference);
        List<Comparison> result = new ArrayList<>();
        if (reference.has("train.x0")) {
            training(reference, config, result);
        }
        int run = 0;
        for (JsonNode options : reference.setting("runs")) {
            result.addAll(walk(reference, config, "img2img." + run++ + ".", options));
        }
        return result;
    }

    /** Compares the forward process of training, which schedulers without a table of betas don't have. */
    private static void training(ReferenceCase reference, SchedulerConfig config, List<Comparison> result) {
        Tolerance tolerance = reference.tolerance();
        INDArray clean = reference.tensor("train.x0");
        INDArray noise = reference.tensor("train.noise");
        INDArray timesteps = reference.tensor("train.timesteps");
        result.add(tolerance.compare(
                "train.noisy",
                config.addNoise(clean, noise, timesteps.toDoubleVector()),
                reference.tensor("train.noisy")));
        if (reference.has("train.velocity")) {
            result.add(tolerance.compare(
                    "train.velocity",
                    config.noise().velocity(clean, noise, timesteps.toLongVector()),
                    reference.tensor("train.velocity")));
        }
    }

    private static List<Comparison> walk(
            ReferenceCase reference, SchedulerConfig config, String prefix, JsonNode options) {
        CaseOptions run = new CaseOptions(reference, "runs", options);
        int first = run.integer("t_start") * reference.whole().integer("order", 1);
        Sampler sampler = config.sampler(run.integer("num_inference_steps"));
        double[] timesteps = sampler.timesteps();
        List<Comparison> result = new ArrayList<>();
        Comparison visited = Tolerance.absolute(reference.whole().number("timesteps_atol", 0))
                .compare(
                        prefix + "timesteps",
                        Nd4j.createFromArray(Arrays.copyOfRange(timesteps, first, timesteps.length)),
                        reference.tensor(prefix + "timesteps"));
        result.add(visited);
        if (!visited.ok()) {
            return result;
        }
        INDArray noisy = sampler.addNoise(reference.tensor("x0"), reference.tensor("noise"), first);
        result.add(reference.tolerance().compare(prefix + "noisy", noisy, reference.tensor(prefix + "noisy")));
        long[] drawn = StreamSupport.stream(options.path("noise_drawn").spliterator(), false)
                .mapToLong(JsonNode::asLong)
                .toArray();
        try (Walk walk = sampler.begin(noisy, first)) {
            result.addAll(SchedulerCase.steps(reference, walk, prefix, drawn));
        }
        return result;
    }
}
