package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.DdimSampler;
import org.diffusion4j.diffusion.sampler.DdpmSampler;
import org.diffusion4j.diffusion.sampler.Sampler;
import org.diffusion4j.diffusion.schedule.NoiseSchedule;
import org.diffusion4j.diffusion.schedule.SchedulerConfig;
import org.diffusion4j.diffusion.schedule.SchedulerKind;
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
        result.add(Tolerance.absolute(
                        reference.settings().path("timesteps_atol").asDouble(0))
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

    private static void checkNothingIgnored(
            ReferenceCase reference, String setting, JsonNode arguments, Set<String> known) {
        for (Map.Entry<String, JsonNode> argument : arguments.properties()) {
            if (!known.contains(argument.getKey()) && !argument.getValue().isNull()) {
                throw new Diffusion4jException(String.format(
                        Locale.ROOT,
                        "%s, '%s': expected none but %s, found '%s'",
                        reference.folder().resolve("case.json"),
                        setting,
                        known.isEmpty() ? "null" : String.join(" and ", new TreeSet<>(known)),
                        argument.getKey()));
            }
        }
    }

    private static Sampler sampler(ReferenceCase reference, SchedulerConfig config) {
        JsonNode arguments = reference.setting("set_timesteps");
        JsonNode kwargs = reference.settings().path("step_kwargs");
        boolean ddim = config.kind() == SchedulerKind.DDIM;
        checkNothingIgnored(
                reference,
                "set_timesteps",
                arguments,
                ddim ? Set.of("num_inference_steps") : Set.of("num_inference_steps", "timesteps"));
        checkNothingIgnored(
                reference, "step_kwargs", kwargs, ddim ? Set.of("eta", "use_clipped_model_output") : Set.of());
        JsonNode steps = arguments.hasNonNull("num_inference_steps") ? arguments.get("num_inference_steps") : null;
        JsonNode custom = arguments.get("timesteps");
        return switch (config.kind()) {
            case DDPM -> {
                if (custom != null && !custom.isNull()) {
                    long[] timesteps = new long[custom.size()];
                    for (int i = 0; i < timesteps.length; i++) {
                        timesteps[i] = custom.get(i).asLong();
                    }
                    yield new DdpmSampler(config, timesteps);
                }
                yield steps == null ? new DdpmSampler(config) : new DdpmSampler(config, steps.asInt());
            }
            case DDIM -> {
                if (steps == null) {
                    throw new Diffusion4jException(String.format(
                            Locale.ROOT,
                            "%s: set_timesteps: expected num_inference_steps, found %s",
                            reference.folder().resolve("case.json"),
                            arguments));
                }
                yield new DdimSampler(
                        config,
                        steps.asInt(),
                        kwargs.path("eta").asDouble(0),
                        kwargs.path("use_clipped_model_output").asBoolean(false));
            }
        };
    }
}
