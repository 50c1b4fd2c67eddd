package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.OptionalDouble;
import org.diffusion4j.config.ConfigName;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.engine.AdamW;
import org.diffusion4j.training.EmaDecay;
import org.diffusion4j.training.LearningRate;
import org.diffusion4j.training.LossWeighting;

/**
 * How a case's run trains.
 *
 * @param ema the settings of the moving average; null if none is kept
 */
record TrainingSettings(
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
    /**
     * Reads them.
     *
     * @param options what the case has; what else it has is the caller's to ask for
     */
    static TrainingSettings of(ReferenceCase reference, CaseOptions options) {
        if (!options.text("optimizer").equals("AdamW")) {
            throw options.expected("optimizer", "AdamW", reference.settings().at("/settings/optimizer"));
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
        return new TrainingSettings(
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
    }
}
