package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.List;
import org.diffusion4j.diffusion.sampler.DdimSampler;
import org.diffusion4j.diffusion.sampler.DdpmSampler;
import org.diffusion4j.diffusion.sampler.Sampler;
import org.diffusion4j.diffusion.schedule.NoiseSchedule;
import org.diffusion4j.diffusion.schedule.SchedulerConfig;
import org.diffusion4j.weights.SchedulerConfigJson;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** A sampler, replayed step by step with the recorded network outputs and noise. */
final class SchedulerCase {
    private SchedulerCase() {}

    static List<Comparison> verify(ReferenceCase reference) {
        SchedulerConfig config = SchedulerConfigJson.read(reference.folder().resolve("scheduler_config.json"));
        Sampler sampler = sampler(reference, config);
        NoiseSchedule schedule = new NoiseSchedule(config);
        Tolerance tolerance = reference.tolerance();
        List<Comparison> result = new ArrayList<>();
        result.add(Tolerance.absolute(reference.whole().number("timesteps_atol", 0))
                .compare("timesteps", Nd4j.createFromArray(sampler.timesteps()), reference.tensor("timesteps")));
        result.add(tolerance.compare("betas", Nd4j.createFromArray(schedule.betas()), reference.tensor("betas")));
        result.add(tolerance.compare(
                "alphas_cumprod", Nd4j.createFromArray(schedule.alphasCumprod()), reference.tensor("alphas_cumprod")));
        result.add(tolerance.compare(
                "initial_sample",
                reference.tensor("initial_noise").mul(sampler.initNoiseSigma()),
                reference.tensor("initial_sample")));
        if (result.get(0).ok()) {
            result.addAll(steps(reference, sampler, tolerance));
        }
        if (reference.has("add_noise.result")) {
            result.add(tolerance.compare(
                    "add_noise",
                    schedule.addNoise(
                            reference.tensor("add_noise.original"),
                            reference.tensor("add_noise.noise"),
                            reference.tensor("add_noise.timesteps").toLongVector()),
                    reference.tensor("add_noise.result")));
        }
        if (reference.has("get_velocity.result")) {
            result.add(tolerance.compare(
                    "get_velocity",
                    schedule.velocity(
                            reference.tensor("add_noise.original"),
                            reference.tensor("add_noise.noise"),
                            reference.tensor("get_velocity.timesteps").toLongVector()),
                    reference.tensor("get_velocity.result")));
        }
        return result;
    }

    private static List<Comparison> steps(ReferenceCase reference, Sampler sampler, Tolerance tolerance) {
        INDArray sample = reference.tensor("initial_sample");
        List<Comparison> scaled = new ArrayList<>();
        List<Comparison> previous = new ArrayList<>();
        List<Comparison> denoised = new ArrayList<>();
        List<Comparison> draws = new ArrayList<>();
        for (int i = 0; i < sampler.timesteps().length; i++) {
            boolean drawn = reference.tensor("noise_drawn").getLong(i) == 1;
            String step = "step " + i;
            draws.add(
                    sampler.drawsNoise(i) == drawn
                            ? new Comparison(step, 0, true, "")
                            : Comparison.failed(step, drawn ? "expected to draw noise" : "expected to draw no noise"));
            scaled.add(tolerance.compare(step, sampler.scaleModelInput(sample, i), at(reference, "scaled_inputs", i)));
            Sampler.Step result = sampler.step(
                    at(reference, "model_outputs", i),
                    i,
                    sample,
                    sampler.drawsNoise(i) ? at(reference, "step_noise", i) : null);
            sample = result.prevSample();
            previous.add(tolerance.compare(step, sample, at(reference, "prev_samples", i)));
            if (reference.has("pred_original_samples")) {
                denoised.add(tolerance.compare(
                        step, result.predOriginalSample(), at(reference, "pred_original_samples", i)));
            }
        }
        List<Comparison> result = new ArrayList<>();
        result.add(Comparison.worst("noise_drawn", draws));
        result.add(Comparison.worst("scaled_inputs", scaled));
        result.add(Comparison.worst("prev_samples", previous));
        if (!denoised.isEmpty()) {
            result.add(Comparison.worst("pred_original_samples", denoised));
        }
        return result;
    }

    private static INDArray at(ReferenceCase reference, String tensor, int step) {
        return reference.tensor(tensor).get(NDArrayIndex.point(step)).dup('c').castTo(DataType.FLOAT);
    }

    private static Sampler sampler(ReferenceCase reference, SchedulerConfig config) {
        CaseOptions arguments = reference.part("set_timesteps");
        CaseOptions kwargs = new CaseOptions(
                reference,
                "step_kwargs",
                reference.whole().object("step_kwargs").orElse(JsonNodeFactory.instance.objectNode()));
        Sampler sampler =
                switch (config.kind()) {
                    case DDPM -> ddpm(config, arguments);
                    case DDIM ->
                        new DdimSampler(
                                config,
                                arguments.integer("num_inference_steps"),
                                kwargs.number("eta", 0),
                                kwargs.flag("use_clipped_model_output", false));
                };
        arguments.checkNothingIgnored();
        kwargs.checkNothingIgnored();
        return sampler;
    }

    private static Sampler ddpm(SchedulerConfig config, CaseOptions arguments) {
        if (arguments.has("timesteps")) {
            return new DdpmSampler(config, arguments.wholeNumbers("timesteps"));
        }
        return arguments.has("num_inference_steps")
                ? new DdpmSampler(config, arguments.integer("num_inference_steps"))
                : new DdpmSampler(config);
    }
}
