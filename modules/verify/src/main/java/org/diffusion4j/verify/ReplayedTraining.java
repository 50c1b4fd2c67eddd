package org.diffusion4j.verify;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.schedule.NoiseSchedule;
import org.diffusion4j.engine.AdamW;
import org.diffusion4j.engine.GradientEngine;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.training.BatchLoss;
import org.diffusion4j.training.DiffusionLoss;
import org.diffusion4j.weights.diffusers.SchedulerConfigJson;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** A training run, which is replayed with the recorded pictures, noise and timesteps, and what it is compared with. */
abstract class ReplayedTraining {
    private static final double EMA_DECAYS_RTOL = 1e-6; // stored as float32
    private static final String CLIPPED_GRADIENT = "clipped_grad";

    private final ReferenceCase reference;
    private final TrainingSettings settings;
    private final CaseOptions options;
    private final CaseOptions tolerances;
    /** The name of the clean pictures. */
    private final String pictures;
    /** The name of the tolerance of what only rounding moves. */
    private final String noiseTolerance;

    private final NoiseSchedule schedule;
    private final DiffusionLoss loss;
    private final Set<String> noiseOnly = new HashSet<>();
    /** The names of the tensors that were asked for. */
    private final Set<String> known = new HashSet<>();

    private final List<Comparison> result = new ArrayList<>();

    ReplayedTraining(ReferenceCase reference, String pictures, String noiseTolerance) {
        this.reference = reference;
        this.pictures = pictures;
        this.noiseTolerance = noiseTolerance;
        tolerances = new CaseOptions(reference, "tolerance", reference.setting("tolerance"));
        options = new CaseOptions(reference, "settings", reference.setting("settings"));
        settings = readSettings();
        schedule = SchedulerConfigJson.read(reference.folder().resolve("scheduler_config.json"))
                .noise();
        loss = new DiffusionLoss(schedule, settings.prediction(), settings.weighting());
        reference.settings().path("noise_only_params").forEach(name -> noiseOnly.add(name.asText()));
    }

    private TrainingSettings readSettings() {
        try {
            return TrainingSettings.of(reference, options);
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

    ReferenceCase reference() {
        return reference;
    }

    TrainingSettings settings() {
        return settings;
    }

    /** What else the settings have. */
    CaseOptions options() {
        return options;
    }

    CaseOptions tolerances() {
        return tolerances;
    }

    void add(Comparison comparison) {
        result.add(comparison);
    }

    /** What the network takes beside noisy pictures and timesteps. */
    abstract Map<String, INDArray> conditioning(int batch);

    /** The name in the case of a parameter of the network. */
    String stored(String parameter) {
        return parameter;
    }

    /** Compares the parameters after a step of this number, from 0, if the case has them. */
    abstract void afterStep(int step, FlatParameters parameters);

    /** Compares what a whole run leaves. */
    abstract void afterAll(FlatParameters parameters, INDArray average);

    INDArray tensor(String name) {
        known.add(name);
        return reference.tensor(name);
    }

    boolean has(String prefix) {
        return reference.tensors().keySet().stream().anyMatch(name -> name.startsWith(prefix));
    }

    INDArray at(String tensor, int batch) {
        return tensor(tensor).get(NDArrayIndex.point(batch)).dup('c');
    }

    /** Clean pictures of all batches, whose numbers must be those of the settings. */
    INDArray clean() {
        INDArray clean = tensor(pictures);
        checkSize("micro-batches", (long) settings.steps() * settings.accumulation(), clean.size(0));
        checkSize("images a micro-batch", settings.batch(), clean.size(1));
        return clean;
    }

    private void checkSize(String what, long expected, long found) {
        if (expected != found) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "%s, '%s': expected %d %s, as case.json says, found %d",
                    reference.folder().resolve("case.safetensors"),
                    pictures,
                    expected,
                    what,
                    found));
        }
    }

    /** Trains and compares. */
    List<Comparison> replay(FlatParameters parameters, Function<FlatParameters, GradientEngine> engines) {
        try (GradientEngine gradients = engines.apply(parameters);
                AdamW optimiser = new AdamW(parameters, settings.optimiser(), settings.ema() != null, 1)) {
            train(gradients, optimiser);
            afterAll(parameters, optimiser.average());
        }
        checkNothingIgnored();
        return result;
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
        tolerances.numberOrNull(noiseTolerance); // there may be no such parameter
        tolerances.checkNothingIgnored();
        options.checkNothingIgnored();
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
            if (has(CLIPPED_GRADIENT + step + ".")) {
                parameters(
                        CLIPPED_GRADIENT + step + ".",
                        parameters.gradients().mul(factor),
                        "clipped_grad_atol",
                        parameters);
            }
            rates[step] = settings.learningRate().at(step);
            decays[step] = settings.ema() == null ? 0 : settings.ema().at(step);
            optimiser.step(rates[step], factor, decays[step]);
            afterStep(step, parameters);
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
        INDArray clean = at(pictures, batch);
        INDArray noise = at("noise", batch);
        long[] timesteps = at("timesteps", batch).toLongVector();
        INDArray noisy = schedule.addNoise(clean, noise, timesteps);
        INDArray target = loss.target(clean, noise, timesteps);
        if (batch == 0) {
            first("noisy_first", noisy, Tolerance.absolute(1e-5));
            first("target_first", target, Tolerance.absolute(1e-5));
            if (reference.has("loss_weights_first")) {
                series("loss_weights_first", loss.weights(timesteps), tolerances.number("losses_rtol"));
            }
        }
        BatchLoss batchLoss = new BatchLoss(loss, target, timesteps, settings.accumulation());
        gradients.accumulate(noisy, Nd4j.createFromArray(timesteps), conditioning(batch), output -> {
            if (batch == 0 && reference.has("prediction_first")) {
                first("prediction_first", output, Tolerance.absolute(tolerances.number("prediction_atol", 1e-4)));
            }
            return batchLoss.apply(output);
        });
        return batchLoss.value();
    }

    private void first(String name, INDArray found, Tolerance tolerance) {
        if (reference.has(name)) {
            result.add(tolerance.compare(name, found, tensor(name)));
        }
    }

    private void series(String name, double[] found, double rtol) {
        result.add(new Tolerance(0, rtol, 1).compare(name, Nd4j.createFromArray(found), tensor(name)));
    }

    /** Compares a vector that has all parameters, none of which may be missing. */
    void parameters(String prefix, INDArray vector, String tolerance, FlatParameters parameters) {
        double atol = tolerances.number(tolerance);
        boolean moved = !prefix.startsWith(CLIPPED_GRADIENT);
        Set<String> others = new TreeSet<>();
        reference.tensors().keySet().stream()
                .filter(name -> name.startsWith(prefix))
                .forEach(name -> others.add(name.substring(prefix.length())));
        List<Comparison> each = new ArrayList<>();
        for (String parameter : new TreeSet<>(parameters.names())) {
            String name = stored(parameter);
            others.remove(name);
            double own = moved && noiseOnly.contains(name) ? tolerances.number(noiseTolerance) : atol;
            each.add(Tolerance.absolute(own).compare(name, parameters.view(vector, parameter), tensor(prefix + name)));
        }
        Stream<Comparison> missing = others.stream()
                .map(name -> Comparison.failed(name, "expected a parameter that is trained, found none"));
        result.add(Comparison.worst(
                prefix + "*", Stream.concat(each.stream(), missing).toList()));
    }
}
