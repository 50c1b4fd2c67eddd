package org.diffusion4j.verify;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.BetaSchedulerConfig;
import org.diffusion4j.diffusion.sampler.Sampler;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.diffusion.sampler.Steps;
import org.diffusion4j.diffusion.sampler.Walk;
import org.diffusion4j.diffusion.schedule.NoiseSchedule;
import org.diffusion4j.weights.diffusers.SchedulerConfigJson;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** A sampler, replayed step by step with the recorded network outputs and noise. */
final class SchedulerCase {
    private SchedulerCase() {}

    static List<Comparison> verify(ReferenceCase reference) {
        SchedulerConfig config = config(reference);
        Sampler sampler = sampler(reference, config);
        Tolerance tolerance = reference.tolerance();
        List<Comparison> result = new ArrayList<>();
        Comparison timesteps = Tolerance.absolute(reference.whole().number("timesteps_atol", 0))
                .compare("timesteps", Nd4j.createFromArray(sampler.timesteps()), reference.tensor("timesteps"));
        result.add(timesteps);
        if (config instanceof BetaSchedulerConfig) {
            tables(reference, config, result);
        }
        if (reference.has("add_noise.result")) {
            result.add(tolerance.compare(
                    "add_noise", addNoise(reference, config, sampler), reference.tensor("add_noise.result")));
        }
        if (reference.has("sigmas")) {
            result.add(tolerance.compare(
                    "sigmas", Nd4j.createFromArray(sigmas(sampler, config.kind())), reference.tensor("sigmas")));
        }
        result.add(tolerance.compare(
                "initial_sample",
                reference.tensor("initial_noise").mul(sampler.initNoiseSigma()),
                reference.tensor("initial_sample")));
        if (timesteps.ok()) {
            try (Walk walk = sampler.begin(reference.tensor("initial_sample"), 0)) {
                result.addAll(steps(
                        reference, walk, "", reference.tensor("noise_drawn").toLongVector()));
            }
        }
        return result;
    }

    /** The recorded sigmas, which for KDPM2 end with two additional zeros. */
    private static double[] sigmas(Sampler sampler, SchedulerKind kind) {
        double[] sigmas = sampler.sigmas();
        return kind == SchedulerKind.KDPM2 || kind == SchedulerKind.KDPM2_ANCESTRAL
                ? Arrays.copyOf(sigmas, sigmas.length + 2)
                : sigmas;
    }

    /** The configuration with the arguments that every step was called with. */
    static SchedulerConfig config(ReferenceCase reference) {
        SchedulerConfig config = SchedulerConfigJson.read(reference.folder().resolve("scheduler_config.json"));
        Map<String, Object> arguments = reference.values("step_kwargs");
        for (String key : arguments.keySet()) {
            if (!config.keys().contains(key)) {
                throw new Diffusion4jException(String.format(
                        Locale.ROOT,
                        "%s, 'step_kwargs': expected what %s has, found '%s'",
                        reference.folder().resolve("case.json"),
                        config.kind().className(),
                        key));
            }
        }
        return config.with(arguments);
    }

    static Sampler sampler(ReferenceCase reference, SchedulerConfig config) {
        CaseOptions arguments = reference.part("set_timesteps");
        boolean given = arguments.has("timesteps") || arguments.has("sigmas");
        Integer number = arguments.has("num_inference_steps") ? arguments.integer("num_inference_steps") : null;
        List<Double> timesteps = arguments.has("timesteps") ? arguments.numbers("timesteps") : null;
        if (number == null && !given) {
            // A new scheduler visits every timestep.
            timesteps = IntStream.range(0, config.numTrainTimesteps())
                    .mapToObj(t -> config.numTrainTimesteps() - 1.0 - t)
                    .toList();
        }
        Steps steps = new Steps(
                given ? null : number,
                timesteps,
                arguments.has("sigmas") ? arguments.numbers("sigmas") : null,
                arguments.has("original_inference_steps") ? arguments.integer("original_inference_steps") : null,
                arguments.number("strength", 1));
        arguments.checkNothingIgnored();
        return config.sampler(steps);
    }

    private static void tables(ReferenceCase reference, SchedulerConfig config, List<Comparison> result) {
        NoiseSchedule schedule = config.noise();
        Tolerance tolerance = reference.tolerance();
        if (reference.has("betas")) {
            result.add(tolerance.compare("betas", Nd4j.createFromArray(schedule.betas()), reference.tensor("betas")));
        }
        if (reference.has("alphas_cumprod")) {
            result.add(tolerance.compare(
                    "alphas_cumprod",
                    Nd4j.createFromArray(schedule.alphasCumprod()),
                    reference.tensor("alphas_cumprod")));
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
    }

    /**
     * Adds noise: at the walk's own timesteps with the walk's noise, which options may change; at other training timesteps
     * by the table.
     */
    private static INDArray addNoise(ReferenceCase reference, SchedulerConfig config, Sampler sampler) {
        INDArray clean = reference.tensor("add_noise.original");
        INDArray noise = reference.tensor("add_noise.noise");
        double[] timesteps = reference.tensor("add_noise.timesteps").toDoubleVector();
        double[] visited = sampler.timesteps();
        double near = Math.max(1e-5, reference.whole().number("timesteps_atol", 0));
        List<INDArray> noisy = new ArrayList<>();
        for (int row = 0; row < timesteps.length; row++) {
            INDArray one = clean.get(NDArrayIndex.interval(row, row + 1)).dup('c');
            INDArray drawn = noise.get(NDArrayIndex.interval(row, row + 1)).dup('c');
            double timestep = timesteps[row];
            // A case has them in float, and they may differ by its tolerance.
            int step = IntStream.range(0, visited.length)
                    .filter(i -> Math.abs(visited[i] - timestep) <= near)
                    .boxed()
                    .min(Comparator.comparingDouble(i -> Math.abs(visited[i] - timestep)))
                    .orElse(-1);
            noisy.add(step < 0 ? config.addNoise(one, drawn, timestep) : sampler.addNoise(one, drawn, step));
        }
        return Nd4j.concat(0, noisy.toArray(INDArray[]::new));
    }

    /** Does as many steps as the case has. */
    static List<Comparison> steps(ReferenceCase reference, Walk walk, String prefix, long[] noiseDrawn) {
        Tolerance tolerance = reference.tolerance();
        List<Comparison> scaled = new ArrayList<>();
        List<Comparison> previous = new ArrayList<>();
        List<Comparison> denoised = new ArrayList<>();
        List<Comparison> draws = new ArrayList<>();
        String predicted = reference.has("denoised") ? "denoised" : "pred_original_samples";
        for (int i = 0; i < noiseDrawn.length; i++) {
            boolean drawn = noiseDrawn[i] == 1;
            String step = "step " + walk.step();
            draws.add(
                    walk.drawsNoise() == drawn
                            ? new Comparison(step, 0, true, "")
                            : Comparison.failed(step, drawn ? "expected to draw noise" : "expected to draw no noise"));
            scaled.add(tolerance.compare(step, walk.input(), at(reference, prefix + "scaled_inputs", i)));
            walk.advance(at(reference, "model_outputs", i), walk.drawsNoise() ? at(reference, "step_noise", i) : null);
            previous.add(tolerance.compare(step, walk.sample(), at(reference, prefix + "prev_samples", i)));
            if (reference.has(predicted)) {
                denoised.add(tolerance.compare(step, walk.denoised(), at(reference, predicted, i)));
            }
        }
        List<Comparison> result = new ArrayList<>();
        result.add(Comparison.worst(prefix + "noise_drawn", draws));
        result.add(Comparison.worst(prefix + "scaled_inputs", scaled));
        result.add(Comparison.worst(prefix + "prev_samples", previous));
        if (!denoised.isEmpty()) {
            result.add(Comparison.worst(predicted, denoised));
        }
        return result;
    }

    static INDArray at(ReferenceCase reference, String tensor, int step) {
        return reference.tensor(tensor).get(NDArrayIndex.point(step)).dup('c').castTo(DataType.FLOAT);
    }
}
