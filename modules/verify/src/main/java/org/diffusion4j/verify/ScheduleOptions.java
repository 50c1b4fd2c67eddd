package org.diffusion4j.verify;

import org.diffusion4j.training.EmaDecay;
import org.diffusion4j.training.LearningRate;
import org.diffusion4j.training.LearningRate.CosineWithRestarts;
import org.diffusion4j.training.LearningRate.PiecewiseConstant;
import org.diffusion4j.training.LearningRate.Polynomial;

/** The arguments of diffusers' {@code get_scheduler} and {@code EMAModel}, as cases give them. */
final class ScheduleOptions {
    private ScheduleOptions() {}

    static LearningRate learningRate(String name, double base, long warmupSteps, long totalSteps, CaseOptions options) {
        return switch (name) {
            case "cosine_with_restarts" ->
                new LearningRate(
                        base, warmupSteps, new CosineWithRestarts(totalSteps, options.integer("num_cycles", 1)));
            case "polynomial" ->
                new LearningRate(
                        base,
                        warmupSteps,
                        new Polynomial(
                                totalSteps, options.number("lr_end", Polynomial.END), options.number("power", 1)));
            // In diffusers this schedule has no warm-up.
            case "piecewise_constant" -> new LearningRate(base, 0, PiecewiseConstant.parse(options.text("step_rules")));
            default -> LearningRate.of(name, base, warmupSteps, totalSteps);
        };
    }

    static EmaDecay emaDecay(CaseOptions options) {
        EmaDecay defaults = EmaDecay.DEFAULT;
        return new EmaDecay(
                options.number("decay", defaults.decay()),
                options.number("min_decay", defaults.minDecay()),
                options.integer("update_after_step", 0),
                options.flag("use_ema_warmup", defaults.warmup()),
                options.number("inv_gamma", defaults.invGamma()),
                options.number("power", defaults.power()));
    }
}
