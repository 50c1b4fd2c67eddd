package org.diffusion4j.diffusion.sampler;

import static org.diffusion4j.Requirement.require;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.util.List;
import org.diffusion4j.config.OrNull;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.BetaSchedule;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;

/**
 * Pseudo numerical methods: Liu et al. 2022 (arXiv:2202.09778), algorithm 2, equations 9, 12 and 13. Diffusers'
 * {@code PNDMScheduler}. A walk begins with three steps of Runge and Kutta's method, each of which runs the network four
 * times, or with one step of a lower order, which runs it twice. So a walk has more steps than were asked for.
 *
 * @param numTrainTimesteps how many timesteps the network was trained on, 1 to 1,000,000
 * @param betaStart the first beta, in [0, 1]
 * @param betaEnd the last beta, in [0, 1]
 * @param betaSchedule how the betas get from start to end
 * @param trainedBetas the betas themselves, each in [0, 1], in place of a schedule; may be null
 * @param skipPrkSteps whether a walk omits the steps of Runge and Kutta's method, as in Stable Diffusion; with them a walk
 *     needs at least four steps
 * @param setAlphaToOne whether the last step goes to no noise at all, instead of to the noise of timestep 0
 * @param predictionType what the network predicts, epsilon or v_prediction
 * @param timestepSpacing which training timesteps are visited
 * @param stepsOffset the number that is added to each leading timestep, at least 0 and below {@code numTrainTimesteps}
 */
@RecordBuilder
public record PndmConfig(
        int numTrainTimesteps,
        double betaStart,
        double betaEnd,
        BetaSchedule betaSchedule,
        @OrNull List<Double> trainedBetas,
        boolean skipPrkSteps,
        boolean setAlphaToOne,
        Prediction predictionType,
        TimestepSpacing timestepSpacing,
        int stepsOffset)
        implements BetaSchedulerConfig, PndmConfigBuilder.With {
    /** Checks every option; the message of a failure names it as diffusers' JSON does. */
    public PndmConfig {
        trainedBetas =
                Checks.betas(SchedulerKind.PNDM, numTrainTimesteps, betaStart, betaEnd, betaSchedule, trainedBetas);
        Checks.noSamplePrediction(SchedulerKind.PNDM, predictionType);
        Checks.stepsOffset(stepsOffset, numTrainTimesteps);
    }

    /** Diffusers' defaults. */
    public PndmConfig() {
        this(
                1000,
                0.0001,
                0.02,
                BetaSchedule.LINEAR,
                null,
                false,
                false,
                Prediction.EPSILON,
                TimestepSpacing.LEADING,
                0);
    }

    @Override
    public SchedulerKind kind() {
        return SchedulerKind.PNDM;
    }

    @Override
    public Sampler sampler(Steps steps) {
        steps.requireNumber(kind());
        int number = steps.number();
        require(
                skipPrkSteps || number >= PndmSampler.ORDER,
                "num_inference_steps",
                "at least 4, as the walk begins with Runge and Kutta's method (skip_prk_steps is false)",
                number);
        return new PndmSampler(this, spacedTimesteps(number), numTrainTimesteps / number);
    }
}
