package org.diffusion4j.training;

import static org.diffusion4j.Requirement.require;
import static org.diffusion4j.Requirement.requireGiven;
import static org.diffusion4j.Requirement.requireWithin;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.engine.AdamW;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * Everything that decides, together with the model and the pictures, what a run learns. The same plan gives the same
 * weights on the same engine and number of threads. {@link #builder()} has the defaults, which are the command line's.
 *
 * @param steps of the optimiser, from 1 to {@value #MOST_STEPS}
 * @param batchSize images that go through the network at once, from 1 to {@value #MOST_IMAGES}
 * @param accumulation how many such batches make a step, from 1 to {@value #MOST_IMAGES}
 * @param prediction what the network learns to predict; null for what the model's scheduler says
 * @param zeroSnr whether the noise schedule is changed so that nothing of a picture is left at the last timestep (Lin et al.
 *     2023, arXiv:2305.08891, algorithm 1); the network then predicts v or the sample, and draws with trailing timesteps
 * @param weighting how much each image's error counts
 * @param learningRate the learning rate of each step
 * @param adamW the optimiser's other settings
 * @param updater one of ND4J's optimisers in AdamW's place; null for none. The learning rate is the plan's all the same
 * @param maxGradientNorm gradients with a larger global norm are scaled down to it, above 0; infinite for none
 * @param ema the moving average that is the result; null for the weights themselves
 * @param labelDropout share of labels that are replaced by "no class", and of captions by an empty one, for classifier-free
 *     guidance (Ho and Salimans 2022, arXiv:2207.12598, algorithm 1), in [0, 1]; it has no effect if there are neither
 * @param noiseOffset how much of the noise is the same for a whole channel of an image, at least 0: a normal number times it is
 *     added, so that the network learns to change how bright a picture is (Guttenberg 2023, "Diffusion with offset noise")
 * @param frozen parameters whose whole name matches one of these regular expressions aren't changed
 * @param seed of noise, timesteps, dropout, the pictures' order and how they are cropped and flipped
 */
public record TrainingPlan(
        long steps,
        int batchSize,
        int accumulation,
        Prediction prediction,
        boolean zeroSnr,
        LossWeighting weighting,
        LearningRate learningRate,
        AdamW.Settings adamW,
        IUpdater updater,
        double maxGradientNorm,
        EmaDecay ema,
        double labelDropout,
        double noiseOffset,
        List<String> frozen,
        long seed)
        implements Serializable {
    /** More steps than a machine takes in years. */
    public static final long MOST_STEPS = 1_000_000_000;
    /** Of a batch, or batches of a step: more have never been found to teach more. */
    public static final int MOST_IMAGES = 65_536;

    /**
     * Checks the ranges.
     *
     * @param steps see the record
     * @param batchSize see the record
     * @param accumulation see the record
     * @param prediction see the record
     * @param zeroSnr see the record
     * @param weighting see the record
     * @param learningRate see the record
     * @param adamW see the record
     * @param updater see the record
     * @param maxGradientNorm see the record
     * @param ema see the record
     * @param labelDropout see the record
     * @param noiseOffset see the record
     * @param frozen see the record
     * @param seed see the record
     * @throws IllegalArgumentException if one is out of its range
     */
    public TrainingPlan {
        requireWithin("steps", 1, MOST_STEPS, steps);
        requireWithin("batch", 1, MOST_IMAGES, batchSize);
        requireWithin("accumulation", 1, MOST_IMAGES, accumulation);
        require(maxGradientNorm > 0, "max-gradient-norm", "a number above 0", maxGradientNorm);
        require(labelDropout >= 0 && labelDropout <= 1, "label-dropout", "a share in [0, 1]", labelDropout);
        require(noiseOffset >= 0 && noiseOffset < Double.POSITIVE_INFINITY, "noise-offset", "at least 0", noiseOffset);
        frozen = List.copyOf(frozen);
        for (String pattern : frozen) {
            try {
                Pattern.compile(pattern);
            } catch (PatternSyntaxException e) {
                throw new IllegalArgumentException(
                        String.format(
                                Locale.ROOT,
                                "freeze: expected a regular expression, found '%s' (%s)",
                                pattern,
                                e.getDescription()),
                        e);
            }
        }
    }

    /**
     * Whether a parameter learns.
     *
     * @param name diffusers' name
     * @return false if it is frozen
     */
    public boolean trains(String name) {
        return frozen.stream().noneMatch(name::matches);
    }

    /**
     * The model that this plan trains.
     *
     * @param model with a scheduler
     * @return it, with a scheduler of the plan's prediction and noise
     * @throws Diffusion4jException if the network predicts the noise and the schedule leaves nothing else
     */
    public DiffusersModel predicting(DiffusersModel model) {
        return schedulerChanges().isEmpty() ? model : model.withScheduler(predicting(model.scheduler()));
    }

    /**
     * The scheduler of what this plan trains.
     *
     * @param scheduler a model's
     * @return one of the plan's prediction and noise
     * @throws Diffusion4jException if the network predicts the noise and the schedule leaves nothing else
     */
    public SchedulerConfig predicting(SchedulerConfig scheduler) {
        Map<String, Object> changes = schedulerChanges();
        SchedulerConfig changed = changes.isEmpty() ? scheduler : scheduler.with(changes);
        requireGiven(
                !zeroSnr || changed.predictionType() != Prediction.EPSILON,
                "zero-snr",
                "a network that predicts v or the sample, as noise says nothing where there is nothing else",
                "one that predicts epsilon");
        return changed;
    }

    /**
     * What this plan changes of a scheduler.
     *
     * @return values by the keys of a scheduler's file
     */
    public Map<String, Object> schedulerChanges() {
        Map<String, Object> changes = new TreeMap<>();
        if (prediction != null) {
            changes.put("prediction_type", prediction.configName());
        }
        if (zeroSnr) {
            changes.put("rescale_betas_zero_snr", true);
            changes.put("timestep_spacing", "trailing");
        }
        return changes;
    }

    /**
     * The default plan for a new network.
     *
     * @return {@code builder().build()}
     */
    public static TrainingPlan defaults() {
        return builder().build();
    }

    /**
     * A builder with defaults: 10,000 steps of 16 images, the simple loss, AdamW with PyTorch's settings and
     * {@linkplain LearningRate#usual a rate} for these steps, gradients clipped to 1, an average with warm-up of at most
     * 0.9999 (power 3/4), a tenth of the labels dropped, seed 0.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects a plan's parts. */
    public static final class Builder {
        private long steps = 10_000;
        private int batchSize = 16;
        private int accumulation = 1;
        private Prediction prediction;
        private boolean zeroSnr;
        private LossWeighting weighting = LossWeighting.simple();
        private LearningRate learningRate;
        private boolean fineTuning;
        private AdamW.Settings adamW = AdamW.Settings.DEFAULT;
        private IUpdater updater;
        private double maxGradientNorm = 1;
        private EmaDecay ema = EmaDecay.warmingUp(0.9999);
        private double labelDropout = 0.1;
        private double noiseOffset;
        private List<String> frozen = List.of();
        private long seed;

        private Builder() {}

        /**
         * Sets how many steps the optimiser takes.
         *
         * @param steps at least 1
         * @return this
         */
        public Builder steps(long steps) {
            this.steps = steps;
            return this;
        }

        /**
         * Sets how many images go through the network at once.
         *
         * @param batchSize at least 1
         * @return this
         */
        public Builder batchSize(int batchSize) {
            this.batchSize = batchSize;
            return this;
        }

        /**
         * Sets how many batches make a step.
         *
         * @param accumulation at least 1
         * @return this
         */
        public Builder accumulation(int accumulation) {
            this.accumulation = accumulation;
            return this;
        }

        /**
         * Sets what the network learns to predict.
         *
         * @param prediction null for what the model's scheduler says
         * @return this
         */
        public Builder prediction(Prediction prediction) {
            this.prediction = prediction;
            return this;
        }

        /**
         * Sets whether nothing of a picture is left at the last timestep.
         *
         * @param zeroSnr false if it isn't set
         * @return this
         */
        public Builder zeroSnr(boolean zeroSnr) {
            this.zeroSnr = zeroSnr;
            return this;
        }

        /**
         * Sets how much each image's error counts.
         *
         * @param weighting by its signal-to-noise ratio
         * @return this
         */
        public Builder weighting(LossWeighting weighting) {
            this.weighting = weighting;
            return this;
        }

        /**
         * Sets whether the model was trained before; then the usual rate is lower.
         *
         * @param fineTuning false for a new network
         * @return this
         */
        public Builder fineTuning(boolean fineTuning) {
            this.fineTuning = fineTuning;
            return this;
        }

        /**
         * Sets the rate of each step.
         *
         * @param learningRate with its warm-up; null for the usual one
         * @return this
         */
        public Builder learningRate(LearningRate learningRate) {
            this.learningRate = learningRate;
            return this;
        }

        /**
         * Sets the optimiser's other settings.
         *
         * @param adamW betas, epsilon, weight decay
         * @return this
         */
        public Builder adamW(AdamW.Settings adamW) {
            this.adamW = adamW;
            return this;
        }

        /**
         * Sets one of ND4J's optimisers in AdamW's place, with its own learning rate; call {@link #learningRate}
         * afterwards for another one.
         *
         * @param updater such as {@code new Adam(1e-4)}; null for AdamW
         * @return this
         */
        public Builder updater(IUpdater updater) {
            this.updater = updater;
            if (updater != null && updater.hasLearningRate()) {
                this.learningRate = LearningRate.of(updater);
            }
            return this;
        }

        /**
         * Sets the norm that gradients are clipped to.
         *
         * @param maxGradientNorm above 0; infinite for none
         * @return this
         */
        public Builder maxGradientNorm(double maxGradientNorm) {
            this.maxGradientNorm = maxGradientNorm;
            return this;
        }

        /**
         * Sets how the moving average grows.
         *
         * @param ema null for no average
         * @return this
         */
        public Builder ema(EmaDecay ema) {
            this.ema = ema;
            return this;
        }

        /**
         * Sets the share of labels that are replaced by "no class", and of captions by an empty one.
         *
         * @param labelDropout in [0, 1]
         * @return this
         */
        public Builder labelDropout(double labelDropout) {
            this.labelDropout = labelDropout;
            return this;
        }

        /**
         * Sets how much of the noise is the same for a whole channel of an image.
         *
         * @param noiseOffset at least 0, such as 0.1
         * @return this
         */
        public Builder noiseOffset(double noiseOffset) {
            this.noiseOffset = noiseOffset;
            return this;
        }

        /**
         * Sets which parameters aren't changed.
         *
         * @param frozen regular expressions of whole names, such as {@code down_blocks\..*}
         * @return this
         */
        public Builder frozen(List<String> frozen) {
            this.frozen = frozen;
            return this;
        }

        /**
         * Sets the seed of everything that is random.
         *
         * @param seed any number
         * @return this
         */
        public Builder seed(long seed) {
            this.seed = seed;
            return this;
        }

        /**
         * The plan.
         *
         * @return a valid plan
         * @throws IllegalArgumentException if a part is out of its range
         */
        public TrainingPlan build() {
            return new TrainingPlan(
                    steps,
                    batchSize,
                    accumulation,
                    prediction,
                    zeroSnr,
                    weighting,
                    learningRate != null ? learningRate : LearningRate.usual(fineTuning, steps),
                    adamW,
                    updater,
                    maxGradientNorm,
                    ema,
                    labelDropout,
                    noiseOffset,
                    frozen,
                    seed);
        }
    }
}
