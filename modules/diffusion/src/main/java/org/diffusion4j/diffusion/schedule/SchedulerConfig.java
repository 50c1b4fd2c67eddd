package org.diffusion4j.diffusion.schedule;

import java.util.List;
import org.diffusion4j.diffusion.Prediction;

/**
 * All that diffusers' {@code scheduler_config.json} says of a DDPM or DDIM scheduler. The defaults are diffusers' own, and
 * stand in {@link #ddpm()} and {@link #ddim()} alone. A configuration that exists is a valid one.
 *
 * @param kind which scheduler; {@code _class_name} in the JSON
 * @param numTrainTimesteps how many timesteps the network was trained on, 1 to 1,000,000
 * @param betaStart the first beta, in [0, 1]
 * @param betaEnd the last beta, in [0, 1]
 * @param betaSchedule how the betas get from start to end; {@code laplace} and {@code sigmoid} with DDPM only
 * @param trainedBetas the betas themselves, each in [0, 1], in place of a schedule; may be null
 * @param varianceType the variance of a DDPM step's noise; DDIM has no use for it
 * @param clipSample whether the predicted clean sample is clipped; thresholding goes before
 * @param clipSampleRange clipped to ± this, above 0
 * @param predictionType what the network predicts
 * @param thresholding whether the predicted clean sample is thresholded by its quantile (Saharia et al. 2022, arXiv:2205.11487)
 * @param dynamicThresholdingRatio which quantile of an image's absolute values is the threshold, in [0, 1]
 * @param sampleMaxValue the largest threshold, above 0
 * @param timestepSpacing which training timesteps are visited
 * @param stepsOffset added to each leading timestep, at least 0 and below {@code numTrainTimesteps}
 * @param rescaleBetasZeroSnr whether the betas are rescaled so that the last timestep is noise alone
 * @param setAlphaToOne whether DDIM's last step goes to no noise at all, instead of to timestep 0's; DDPM has no use for it
 */
public record SchedulerConfig(
        SchedulerKind kind,
        int numTrainTimesteps,
        double betaStart,
        double betaEnd,
        BetaSchedule betaSchedule,
        List<Double> trainedBetas,
        VarianceType varianceType,
        boolean clipSample,
        double clipSampleRange,
        Prediction predictionType,
        boolean thresholding,
        double dynamicThresholdingRatio,
        double sampleMaxValue,
        TimestepSpacing timestepSpacing,
        int stepsOffset,
        boolean rescaleBetasZeroSnr,
        boolean setAlphaToOne) {
    /** A thousand times what is usual; each has its place in several tables. */
    private static final int MOST_TIMESTEPS = 1_000_000;

    /**
     * Checks every field; the message of a failure names the field as diffusers' JSON does.
     *
     * @param kind see the record
     * @param numTrainTimesteps see the record
     * @param betaStart see the record
     * @param betaEnd see the record
     * @param betaSchedule see the record
     * @param trainedBetas see the record
     * @param varianceType see the record
     * @param clipSample see the record
     * @param clipSampleRange see the record
     * @param predictionType see the record
     * @param thresholding see the record
     * @param dynamicThresholdingRatio see the record
     * @param sampleMaxValue see the record
     * @param timestepSpacing see the record
     * @param stepsOffset see the record
     * @param rescaleBetasZeroSnr see the record
     * @param setAlphaToOne see the record
     * @throws IllegalArgumentException if a field is out of its range
     */
    public SchedulerConfig {
        require(numTrainTimesteps >= 1, "num_train_timesteps", "at least 1", numTrainTimesteps);
        require(
                numTrainTimesteps <= MOST_TIMESTEPS,
                "num_train_timesteps",
                "at most " + MOST_TIMESTEPS,
                numTrainTimesteps);
        require(betaStart >= 0 && betaStart <= 1, "beta_start", "a number in [0, 1]", betaStart);
        require(betaEnd >= 0 && betaEnd <= 1, "beta_end", "a number in [0, 1]", betaEnd);
        require(
                kind == SchedulerKind.DDPM || betaSchedule.isKnownToDdim(),
                "beta_schedule",
                "one that DDIMScheduler knows: linear, scaled_linear, squaredcos_cap_v2",
                betaSchedule.diffusersName());
        if (trainedBetas != null) {
            trainedBetas = List.copyOf(trainedBetas);
            require(
                    trainedBetas.size() >= numTrainTimesteps,
                    "trained_betas",
                    numTrainTimesteps + " (num_train_timesteps)",
                    trainedBetas.size());
            for (double beta : trainedBetas) {
                require(beta >= 0 && beta <= 1, "trained_betas", "numbers in [0, 1]", beta);
            }
        }
        require(clipSampleRange > 0, "clip_sample_range", "a number above 0", clipSampleRange);
        require(
                dynamicThresholdingRatio >= 0 && dynamicThresholdingRatio <= 1,
                "dynamic_thresholding_ratio",
                "a number in [0, 1]",
                dynamicThresholdingRatio);
        require(sampleMaxValue > 0, "sample_max_value", "a number above 0", sampleMaxValue);
        require(
                !rescaleBetasZeroSnr || numTrainTimesteps > 1,
                "rescale_betas_zero_snr",
                "false with a single timestep, which can't be both the first and the last",
                true);
        require(stepsOffset >= 0, "steps_offset", "at least 0", stepsOffset);
        // From there on no number of steps could begin.
        require(
                stepsOffset < numTrainTimesteps,
                "steps_offset",
                "less than " + numTrainTimesteps + " (num_train_timesteps)",
                stepsOffset);
    }

    private static void require(boolean valid, String field, String expected, Object found) {
        if (!valid) {
            throw new IllegalArgumentException(field + ": expected " + expected + ", found " + found);
        }
    }

    /** @return diffusers' {@code DDPMScheduler()} */
    public static SchedulerConfig ddpm() {
        return defaults(SchedulerKind.DDPM);
    }

    /** @return diffusers' {@code DDIMScheduler()} */
    public static SchedulerConfig ddim() {
        return defaults(SchedulerKind.DDIM);
    }

    private static SchedulerConfig defaults(SchedulerKind kind) {
        return new SchedulerConfig(
                kind,
                1000,
                0.0001,
                0.02,
                BetaSchedule.LINEAR,
                null,
                VarianceType.FIXED_SMALL,
                true,
                1,
                Prediction.EPSILON,
                false,
                0.995,
                1,
                TimestepSpacing.LEADING,
                0,
                false,
                true);
    }

    /**
     * The same schedule for DDIM, as diffusers' {@code DDIMScheduler.from_config(config)} makes it: what DDIM doesn't know is
     * dropped, and what it alone knows has its default.
     *
     * @return a DDIM configuration; this one if it is one already
     * @throws IllegalArgumentException if the beta schedule is one that DDIM doesn't know
     */
    public SchedulerConfig toDdim() {
        return kind == SchedulerKind.DDIM
                ? this
                : change().kind(SchedulerKind.DDIM)
                        .varianceType(ddim().varianceType())
                        .build();
    }

    /**
     * The same schedule for DDPM, as diffusers' {@code DDPMScheduler.from_config(config)} makes it: what DDPM doesn't know is
     * dropped, and what it alone knows has its default.
     *
     * @return a DDPM configuration; this one if it is one already
     */
    public SchedulerConfig toDdpm() {
        return kind == SchedulerKind.DDPM
                ? this
                : change().kind(SchedulerKind.DDPM)
                        .varianceType(ddpm().varianceType())
                        .setAlphaToOne(ddpm().setAlphaToOne())
                        .build();
    }

    /** @return a builder that starts from this configuration */
    public Builder change() {
        return new Builder(this);
    }

    /** Changes some fields of a configuration; nothing is checked before {@link #build()}. */
    public static final class Builder {
        private SchedulerKind kind;
        private int numTrainTimesteps;
        private double betaStart;
        private double betaEnd;
        private BetaSchedule betaSchedule;
        private List<Double> trainedBetas;
        private VarianceType varianceType;
        private boolean clipSample;
        private double clipSampleRange;
        private Prediction predictionType;
        private boolean thresholding;
        private double dynamicThresholdingRatio;
        private double sampleMaxValue;
        private TimestepSpacing timestepSpacing;
        private int stepsOffset;
        private boolean rescaleBetasZeroSnr;
        private boolean setAlphaToOne;

        private Builder(SchedulerConfig config) {
            kind = config.kind();
            numTrainTimesteps = config.numTrainTimesteps();
            betaStart = config.betaStart();
            betaEnd = config.betaEnd();
            betaSchedule = config.betaSchedule();
            trainedBetas = config.trainedBetas();
            varianceType = config.varianceType();
            clipSample = config.clipSample();
            clipSampleRange = config.clipSampleRange();
            predictionType = config.predictionType();
            thresholding = config.thresholding();
            dynamicThresholdingRatio = config.dynamicThresholdingRatio();
            sampleMaxValue = config.sampleMaxValue();
            timestepSpacing = config.timestepSpacing();
            stepsOffset = config.stepsOffset();
            rescaleBetasZeroSnr = config.rescaleBetasZeroSnr();
            setAlphaToOne = config.setAlphaToOne();
        }

        /**
         * Sets {@code _class_name}.
         *
         * @param value which scheduler
         * @return this builder
         */
        public Builder kind(SchedulerKind value) {
            kind = value;
            return this;
        }

        /**
         * Sets {@code num_train_timesteps}.
         *
         * @param value how many timesteps the network was trained on, 1 to 1,000,000
         * @return this builder
         */
        public Builder numTrainTimesteps(int value) {
            numTrainTimesteps = value;
            return this;
        }

        /**
         * Sets {@code beta_start}.
         *
         * @param value the first beta, in [0, 1]
         * @return this builder
         */
        public Builder betaStart(double value) {
            betaStart = value;
            return this;
        }

        /**
         * Sets {@code beta_end}.
         *
         * @param value the last beta, in [0, 1]
         * @return this builder
         */
        public Builder betaEnd(double value) {
            betaEnd = value;
            return this;
        }

        /**
         * Sets {@code beta_schedule}.
         *
         * @param value how the betas get from start to end; {@code laplace} and {@code sigmoid} with DDPM only
         * @return this builder
         */
        public Builder betaSchedule(BetaSchedule value) {
            betaSchedule = value;
            return this;
        }

        /**
         * Sets {@code trained_betas}.
         *
         * @param value the betas themselves, each in [0, 1], in place of a schedule; may be null
         * @return this builder
         */
        public Builder trainedBetas(List<Double> value) {
            trainedBetas = value;
            return this;
        }

        /**
         * Sets {@code variance_type}.
         *
         * @param value the variance of a DDPM step's noise; DDIM has no use for it
         * @return this builder
         */
        public Builder varianceType(VarianceType value) {
            varianceType = value;
            return this;
        }

        /**
         * Sets {@code clip_sample}.
         *
         * @param value whether the predicted clean sample is clipped; thresholding goes before
         * @return this builder
         */
        public Builder clipSample(boolean value) {
            clipSample = value;
            return this;
        }

        /**
         * Sets {@code clip_sample_range}.
         *
         * @param value clipped to ± this, above 0
         * @return this builder
         */
        public Builder clipSampleRange(double value) {
            clipSampleRange = value;
            return this;
        }

        /**
         * Sets {@code prediction_type}.
         *
         * @param value what the network predicts
         * @return this builder
         */
        public Builder predictionType(Prediction value) {
            predictionType = value;
            return this;
        }

        /**
         * Sets {@code thresholding}.
         *
         * @param value whether the predicted clean sample is thresholded by its quantile (Saharia et al. 2022, arXiv:2205.11487)
         * @return this builder
         */
        public Builder thresholding(boolean value) {
            thresholding = value;
            return this;
        }

        /**
         * Sets {@code dynamic_thresholding_ratio}.
         *
         * @param value which quantile of an image's absolute values is the threshold, in [0, 1]
         * @return this builder
         */
        public Builder dynamicThresholdingRatio(double value) {
            dynamicThresholdingRatio = value;
            return this;
        }

        /**
         * Sets {@code sample_max_value}.
         *
         * @param value the largest threshold, above 0
         * @return this builder
         */
        public Builder sampleMaxValue(double value) {
            sampleMaxValue = value;
            return this;
        }

        /**
         * Sets {@code timestep_spacing}.
         *
         * @param value which training timesteps are visited
         * @return this builder
         */
        public Builder timestepSpacing(TimestepSpacing value) {
            timestepSpacing = value;
            return this;
        }

        /**
         * Sets {@code steps_offset}.
         *
         * @param value added to each leading timestep, at least 0 and below {@code num_train_timesteps}
         * @return this builder
         */
        public Builder stepsOffset(int value) {
            stepsOffset = value;
            return this;
        }

        /**
         * Sets {@code rescale_betas_zero_snr}.
         *
         * @param value whether the betas are rescaled so that the last timestep is noise alone
         * @return this builder
         */
        public Builder rescaleBetasZeroSnr(boolean value) {
            rescaleBetasZeroSnr = value;
            return this;
        }

        /**
         * Sets {@code set_alpha_to_one}.
         *
         * @param value whether DDIM's last step goes to no noise at all, instead of to timestep 0's; DDPM has no use for it
         * @return this builder
         */
        public Builder setAlphaToOne(boolean value) {
            setAlphaToOne = value;
            return this;
        }

        /**
         * Ends the changes.
         *
         * @return the changed configuration
         * @throws IllegalArgumentException if a field is out of its range
         */
        public SchedulerConfig build() {
            return new SchedulerConfig(
                    kind,
                    numTrainTimesteps,
                    betaStart,
                    betaEnd,
                    betaSchedule,
                    trainedBetas,
                    varianceType,
                    clipSample,
                    clipSampleRange,
                    predictionType,
                    thresholding,
                    dynamicThresholdingRatio,
                    sampleMaxValue,
                    timestepSpacing,
                    stepsOffset,
                    rescaleBetasZeroSnr,
                    setAlphaToOne);
        }
    }
}
