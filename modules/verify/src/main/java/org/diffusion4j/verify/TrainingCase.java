package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.config.ConfigName;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.NoiseSchedule;
import org.diffusion4j.engine.AdamW;
import org.diffusion4j.engine.GradientEngine;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.training.BatchLoss;
import org.diffusion4j.training.DiffusionLoss;
import org.diffusion4j.training.EmaDecay;
import org.diffusion4j.training.LearningRate;
import org.diffusion4j.training.LossWeighting;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.diffusers.SchedulerConfigJson;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** A training run, which is replayed with the recorded pictures, noise and timesteps. */
final class TrainingCase {
    private static final double EMA_DECAYS_RTOL = 1e-6; // stored as float32
    private static final String CLIPPED_GRADIENT = "clipped_grad";
    private static final String AFTER_WARMUP = "after_warmup.";
    private static final String FINAL = "final.";
    private static final String EMA = "ema.";
    private final ReferenceCase reference;
    private final Set<String> noiseOnly = new HashSet<>();
    /** The names of the tensors that were asked for. */
    private final Set<String> known = new HashSet<>();

    private final CaseOptions tolerances;
    private final Settings settings;
    private final NoiseSchedule schedule;
    private final DiffusionLoss loss;
    private final List<Comparison> result = new ArrayList<>();

    /**
     * The case's {@code settings}.
     *
     * @param ema the settings of the moving average; null if none is kept
     */
    private record Settings(
            AdamW.Settings optimiser,
            LearningRate learningRate,
            int warmupSteps,
            int steps,
            int accumulation,
            int batch,
            OptionalDouble maxNorm,
            LossWeighting weighting,
            EmaDecay ema,
            Prediction prediction) {
        static Settings of(ReferenceCase reference) {
            CaseOptions options = new CaseOptions(reference, "settings", reference.setting("settings"));
            if (!options.text("optimizer").equals("AdamW")) {
                throw options.expected(
                        "optimizer", "AdamW", reference.settings().at("/settings/optimizer"));
            }
            double[] betas = options.numbers("betas", 2);
            int warmupSteps = options.integer("warmup_steps", 0);
            int steps = options.integer("steps");
            int accumulation = options.integer("gradient_accumulation", 1);
            if (steps < 1 || accumulation < 1) {
                throw new IllegalArgumentException(
                        "steps, gradient_accumulation: expected at least 1, found " + steps + " and " + accumulation);
            }
            OptionalDouble gamma = options.numberOrNull("snr_gamma");
            EmaDecay ema = null;
            JsonNode emaNode = options.object("ema").orElse(null);
            if (emaNode != null) {
                CaseOptions emaOptions = new CaseOptions(reference, "settings/ema", emaNode);
                ema = ScheduleOptions.emaDecay(emaOptions);
                emaOptions.checkNothingIgnored();
            }
            Settings settings = new Settings(
                    new AdamW.Settings(
                            betas[0], betas[1], options.number("eps", 1e-8), options.number("weight_decay", 0.01)),
                    ScheduleOptions.learningRate(
                            options.text("lr_schedule"), options.number("lr"), warmupSteps, steps, options),
                    warmupSteps,
                    steps,
                    accumulation,
                    options.integer("batch"),
                    options.numberOrNull("max_grad_norm"),
                    gamma.isPresent() ? LossWeighting.minSnr(gamma.getAsDouble()) : LossWeighting.simple(),
                    ema,
                    ConfigName.of(Prediction.class, "prediction_type", options.text("prediction_type")));
            options.checkNothingIgnored();
            return settings;
        }
    }

    private TrainingCase(ReferenceCase reference) {
        this.reference = reference;
        this.tolerances = new CaseOptions(reference, "tolerance", reference.setting("tolerance"));
        this.settings = settings(reference);
        this.schedule = SchedulerConfigJson.read(reference.folder().resolve("scheduler_config.json"))
                .noise();
        this.loss = new DiffusionLoss(schedule, settings.prediction(), settings.weighting());
        reference.settings().path("noise_only_params").forEach(name -> noiseOnly.add(name.asText()));
    }

    private static Settings settings(ReferenceCase reference) {
        try {
            return Settings.of(reference);
        } catch (IllegalArgumentException e) {
            throw new Diffusion4jException(
                    String.format(
                            Locale.ROOT,
                            "%s, 'settings': %s",
                            reference.folder().resolve("case.json"),
                            e.getMessage()),
                    e);
        }
    }

    private INDArray tensor(String name) {
        known.add(name);
        return reference.tensor(name);
    }

    /** Refuses tensors that nothing has asked for, since they weren't compared. */
    private void checkNothingIgnored() {
        for (String name : reference.tensors().keySet()) {
            if (!known.contains(name)) {
                throw new Diffusion4jException(String.format(
                        Locale.ROOT,
                        "%s: expected no tensor that these settings have no use for, found '%s'",
                        reference.folder().resolve("case.safetensors"),
                        name));
            }
        }
        tolerances.numberOrNull("to_k_bias_atol"); // there may be no such parameter
        tolerances.checkNothingIgnored();
    }

    static List<Comparison> verify(ReferenceCase reference, Engines engines) {
        return new TrainingCase(reference).verify(engines);
    }

    private List<Comparison> verify(Engines engines) {
        try (DiffusersModel model = DiffusersFolder.read(reference.folder())) {
            return verify(model, engines);
        }
    }

    private List<Comparison> verify(DiffusersModel model, Engines engines) {
        INDArray clean = tensor("x0");
        checkSize("micro-batches", (long) settings.steps() * settings.accumulation(), clean.size(0));
        checkSize("images a micro-batch", settings.batch(), clean.size(1));
        if (model.config().dropout() > 0) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "%s, 'dropout': expected 0, as its draws are not recorded, found %s",
                    reference.folder().resolve("config.json"),
                    model.config().dropout()));
        }
        UNetGraph network = UNetGraph.of(model.config())
                .size((int) clean.size(3), (int) clean.size(4))
                .sharedWeights(model.tensors())
                .training(true);
        if (reference.has(UNetGraph.CONTEXT)) {
            network.contextLength((int) tensor(UNetGraph.CONTEXT).size(2));
        }
        SameDiff graph = network.build();
        FlatParameters parameters = new FlatParameters(graph);
        try (GradientEngine gradients = engines.openGradients(graph, parameters, false);
                AdamW optimiser = new AdamW(parameters, settings.optimiser(), settings.ema() != null, 1)) {
            train(gradients, optimiser);
            parameters(FINAL, parameters.values(), "params_atol", parameters);
            if (settings.ema() != null) {
                parameters(EMA, optimiser.average(), "ema_atol", parameters);
            }
        }
        checkNothingIgnored();
        return result;
    }

    private void checkSize(String what, long expected, long found) {
        if (expected != found) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "%s, 'x0': expected %d %s, as case.json says, found %d",
                    reference.folder().resolve("case.safetensors"),
                    expected,
                    what,
                    found));
        }
    }

    private void train(GradientEngine gradients, AdamW optimiser) {
        FlatParameters parameters = gradients.parameters();
        double[] losses = new double[settings.steps() * settings.accumulation()];
        double[] norms = new double[settings.steps()];
        double[] rates = new double[settings.steps()];
        double[] decays = new double[settings.steps()];
        for (int step = 0; step < settings.steps(); step++) {
            for (int i = 0; i < settings.accumulation(); i++) {
                int batch = step * settings.accumulation() + i;
                losses[batch] = accumulate(batch, gradients);
            }
            norms[step] = optimiser.gradientNorm();
            double factor = settings.maxNorm().isPresent()
                    ? AdamW.clipFactor(norms[step], settings.maxNorm().getAsDouble())
                    : 1;
            if (step < 2) {
                parameters(
                        CLIPPED_GRADIENT + step + ".",
                        parameters.gradients().mul(factor),
                        "clipped_grad_atol",
                        parameters);
            }
            rates[step] = settings.learningRate().at(step);
            decays[step] = settings.ema() == null ? 0 : settings.ema().at(step);
            optimiser.step(rates[step], factor, decays[step]);
            if (step == settings.warmupSteps()
                    && (step > 0 || has(AFTER_WARMUP))) { // the first step with the full rate
                parameters(AFTER_WARMUP, parameters.values(), "params_atol", parameters);
            }
        }
        series("losses", losses, tolerances.number("losses_rtol"));
        series("grad_norms", norms, tolerances.number("grad_norms_rtol"));
        series("learning_rates", rates, tolerances.number("learning_rates_rtol"));
        if (settings.ema() != null) {
            series("ema_decays", decays, EMA_DECAYS_RTOL);
        }
    }

    /** @return the loss */
    private double accumulate(int batch, GradientEngine gradients) {
        INDArray clean = at("x0", batch);
        INDArray noise = at("noise", batch);
        long[] timesteps = at("timesteps", batch).toLongVector();
        INDArray noisy = schedule.addNoise(clean, noise, timesteps);
        INDArray target = loss.target(clean, noise, timesteps);
        if (batch == 0) {
            if (reference.has("noisy_first")) {
                result.add(Tolerance.absolute(1e-5).compare("noisy_first", noisy, tensor("noisy_first")));
            }
            if (reference.has("loss_weights_first")) {
                series("loss_weights_first", loss.weights(timesteps), tolerances.number("losses_rtol"));
            }
        }
        Map<String, INDArray> conditioning = new HashMap<>();
        if (reference.has("labels")) {
            conditioning.put(UNetGraph.CLASS_LABELS, at("labels", batch));
        }
        if (reference.has(UNetGraph.CONTEXT)) {
            conditioning.put(UNetGraph.CONTEXT, at(UNetGraph.CONTEXT, batch));
        }
        BatchLoss batchLoss = new BatchLoss(loss, target, timesteps, settings.accumulation());
        gradients.accumulate(noisy, Nd4j.createFromArray(timesteps), conditioning, batchLoss);
        return batchLoss.value();
    }

    private boolean has(String prefix) {
        return reference.tensors().keySet().stream().anyMatch(name -> name.startsWith(prefix));
    }

    private INDArray at(String tensor, int batch) {
        return tensor(tensor).get(NDArrayIndex.point(batch)).dup('c');
    }

    private void series(String name, double[] found, double rtol) {
        result.add(new Tolerance(0, rtol, 1).compare(name, Nd4j.createFromArray(found), tensor(name)));
    }

    /** Compares a vector that has all parameters, none of which may be missing. */
    private void parameters(String prefix, INDArray vector, String tolerance, FlatParameters parameters) {
        double atol = tolerances.number(tolerance);
        boolean moved = !prefix.startsWith(CLIPPED_GRADIENT);
        Set<String> names = new TreeSet<>(parameters.names());
        reference.tensors().keySet().stream()
                .filter(name -> name.startsWith(prefix))
                .forEach(name -> names.add(name.substring(prefix.length())));
        List<Comparison> each = new ArrayList<>();
        for (String name : names) {
            double own = moved && noiseOnly.contains(name) ? tolerances.number("to_k_bias_atol") : atol;
            each.add(
                    parameters.names().contains(name)
                            ? Tolerance.absolute(own)
                                    .compare(name, parameters.view(vector, name), tensor(prefix + name))
                            : Comparison.failed(name, "expected a parameter that is trained, found none"));
        }
        result.add(Comparison.worst(prefix + "*", each));
    }
}
