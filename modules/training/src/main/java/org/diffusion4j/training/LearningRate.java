package org.diffusion4j.training;

import static org.diffusion4j.Requirement.require;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * The learning rate of each step: it grows linearly from 0 while it warms up, then follows a curve. The numbers are those
 * of diffusers' {@code get_scheduler}.
 *
 * @param base the rate after warming up, at least 0
 * @param warmupSteps the number of steps of the warm-up, 0 for none
 * @param curve the curve after the warm-up
 */
public record LearningRate(double base, long warmupSteps, Curve curve) implements Serializable {
    /** The default rate of a new network. */
    public static final double SCRATCH = 5e-4;
    /** The default rate of a network that was trained before. */
    public static final double FINE_TUNING = 1e-4;
    /** The largest number of steps of the default warm-up. */
    public static final long MOST_WARM_UP = 500;

    private static final long WARM_UP_SHARE = 20;

    /**
     * Checks the ranges.
     *
     * @param base see the record
     * @param warmupSteps see the record
     * @param curve see the record
     * @throws IllegalArgumentException if one is out of its range, or doesn't go with the curve
     */
    public LearningRate {
        require(base >= 0 && base < Double.POSITIVE_INFINITY, "learning rate", "a number of at least 0", base);
        require(warmupSteps >= 0, "warm-up steps", "at least 0", warmupSteps);
        if (curve instanceof Polynomial polynomial) {
            require(base > polynomial.end(), "learning rate", "above its end, " + polynomial.end(), base);
        }
    }

    /**
     * The default schedule: a warm-up, then a cosine to the last step.
     *
     * @param fineTuning whether the network was trained before
     * @param totalSteps the number of steps including the warm-up
     * @return the schedule
     */
    public static LearningRate usual(boolean fineTuning, long totalSteps) {
        return new LearningRate(fineTuning ? FINE_TUNING : SCRATCH, usualWarmup(totalSteps), new Cosine(totalSteps));
    }

    /**
     * The default number of warm-up steps.
     *
     * @param totalSteps the number of steps including the warm-up
     * @return a twentieth of the steps, at most {@value #MOST_WARM_UP}
     */
    public static long usualWarmup(long totalSteps) {
        return Math.min(MOST_WARM_UP, totalSteps / WARM_UP_SHARE);
    }

    /**
     * A schedule by diffusers' name, with diffusers' defaults: one cycle, a power of 1.
     *
     * @param name {@code constant}, which has no warm-up, {@code constant_with_warmup}, {@code linear}, {@code cosine},
     *     {@code cosine_with_restarts} or {@code polynomial}
     * @param base the rate after warming up, at least 0
     * @param warmupSteps the number of steps of the warm-up, 0 for none
     * @param totalSteps where a curve ends, warm-up included
     * @return the schedule
     * @throws IllegalArgumentException if there is no schedule of that name, or a number is out of its range
     */
    public static LearningRate of(String name, double base, long warmupSteps, long totalSteps) {
        return switch (name) {
            case "constant" -> new LearningRate(base, 0, new Constant());
            case "constant_with_warmup" -> new LearningRate(base, warmupSteps, new Constant());
            case "linear" -> new LearningRate(base, warmupSteps, new Linear(totalSteps));
            case "cosine" -> new LearningRate(base, warmupSteps, new Cosine(totalSteps));
            case "cosine_with_restarts" -> new LearningRate(base, warmupSteps, new CosineWithRestarts(totalSteps, 1));
            case "polynomial" -> new LearningRate(base, warmupSteps, new Polynomial(totalSteps, Polynomial.END, 1));
            default ->
                throw new IllegalArgumentException(
                        "learning rate schedule: expected constant, constant_with_warmup, linear, cosine,"
                                + " cosine_with_restarts or polynomial, found '" + name + "'");
        };
    }

    /**
     * Computes the rate of a step.
     *
     * @param step of the optimiser, from 0
     * @return at least 0; exactly 0 at the first step of a warm-up
     */
    public double at(long step) {
        return step < warmupSteps ? base * step / warmupSteps : curve.at(base, step, warmupSteps);
    }

    /** What the rate does after warming up. */
    public sealed interface Curve extends Serializable {
        /**
         * Computes the rate of a step.
         *
         * @param base the rate after warming up
         * @param step from 0, not below {@code warmupSteps}
         * @param warmupSteps how many came before the curve
         * @return the rate
         */
        double at(double base, long step, long warmupSteps);
    }

    /** A constant rate. */
    public record Constant() implements Curve {
        @Override
        public double at(double base, long step, long warmupSteps) {
            return base;
        }
    }

    /**
     * A line down to 0.
     *
     * @param totalSteps the step at which it ends, including the warm-up
     */
    public record Linear(long totalSteps) implements Curve {
        @Override
        public double at(double base, long step, long warmupSteps) {
            return base * Math.max(0, (double) (totalSteps - step) / length(warmupSteps, totalSteps));
        }
    }

    /**
     * Half a period of a cosine, down to 0 (Loshchilov and Hutter 2017, arXiv:1608.03983, equation 5). After its end it rises
     * again, as diffusers' does.
     *
     * @param totalSteps the step at which it ends, including the warm-up
     */
    public record Cosine(long totalSteps) implements Curve {
        @Override
        public double at(double base, long step, long warmupSteps) {
            return base * 0.5 * (1 + Math.cos(Math.PI * progress(step, warmupSteps, totalSteps)));
        }
    }

    /**
     * Several such half periods one after the other, then 0.
     *
     * @param totalSteps the step at which the last one ends, including the warm-up
     * @param cycles the number of half periods, at least 1
     */
    public record CosineWithRestarts(long totalSteps, int cycles) implements Curve {
        /**
         * Checks the number of cycles.
         *
         * @param totalSteps see the record
         * @param cycles see the record
         * @throws IllegalArgumentException if there is none
         */
        public CosineWithRestarts {
            require(cycles >= 1, "cycles", "at least 1", cycles);
        }

        @Override
        public double at(double base, long step, long warmupSteps) {
            double progress = progress(step, warmupSteps, totalSteps);
            return progress >= 1 ? 0 : base * 0.5 * (1 + Math.cos(Math.PI * (cycles * progress % 1)));
        }
    }

    /**
     * A power of a line, down to a last rate that is kept.
     *
     * @param totalSteps the step at which it ends, including the warm-up
     * @param end the last rate, at least 0 and below the first
     * @param power above 0; 1 is a straight line
     */
    public record Polynomial(long totalSteps, double end, double power) implements Curve {
        /** Diffusers' last rate. */
        public static final double END = 1e-7;

        /**
         * Checks the ranges.
         *
         * @param totalSteps see the record
         * @param end see the record
         * @param power see the record
         * @throws IllegalArgumentException if one is out of its range
         */
        public Polynomial {
            require(end >= 0, "end of the learning rate", "at least 0", end);
            require(power > 0, "power", "a number above 0", power);
        }

        @Override
        public double at(double base, long step, long warmupSteps) {
            return step >= totalSteps
                    ? end
                    : (base - end) * Math.pow(1 - progress(step, warmupSteps, totalSteps), power) + end;
        }
    }

    /**
     * A staircase.
     *
     * @param stairs the stairs in the order of their ends, which increase
     * @param last what the base is multiplied by after them, at least 0
     */
    public record PiecewiseConstant(List<Stair> stairs, double last) implements Curve {
        /**
         * One stair.
         *
         * @param multiple what the base is multiplied by, at least 0
         * @param end the first step to which it no longer applies
         */
        public record Stair(double multiple, long end) implements Serializable {}

        /**
         * Checks the order.
         *
         * @param stairs see the record
         * @param last see the record
         * @throws IllegalArgumentException if one doesn't end after the one before, or a multiple is below 0
         */
        public PiecewiseConstant {
            stairs = List.copyOf(stairs);
            long end = 0;
            for (Stair stair : stairs) {
                require(stair.end > end, "end of a stair", "above " + end, stair.end);
                require(stair.multiple >= 0, "multiple", "at least 0", stair.multiple);
                end = stair.end;
            }
            require(last >= 0, "multiple", "at least 0", last);
        }

        /**
         * Reads diffusers' {@code step_rules}.
         *
         * @param rules such as {@code 1:10,0.1:20,0.01}: 1 below step 10, then 0.1 below step 20, then 0.01
         * @return the stairs
         * @throws IllegalArgumentException if the text has another form
         */
        public static PiecewiseConstant parse(String rules) {
            String[] words = rules.split(",", -1);
            try {
                List<Stair> stairs = Arrays.stream(words, 0, words.length - 1)
                        .map(word -> word.split(":", 2))
                        .map(pair -> new Stair(Double.parseDouble(pair[0]), Long.parseLong(pair[1].strip())))
                        .toList();
                return new PiecewiseConstant(stairs, Double.parseDouble(words[words.length - 1]));
            } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
                throw new IllegalArgumentException(
                        String.format(
                                Locale.ROOT,
                                "step rules: expected multiple:end,…,multiple such as 1:10,0.1, found '%s'",
                                rules),
                        e);
            }
        }

        @Override
        public double at(double base, long step, long warmupSteps) {
            return base
                    * stairs.stream()
                            .filter(stair -> step < stair.end)
                            .mapToDouble(Stair::multiple)
                            .findFirst()
                            .orElse(last);
        }
    }

    /**
     * One of ND4J's schedules. No epoch ever ends, so only the iteration matters.
     *
     * @param schedule gives the rate itself
     */
    public record OfSchedule(ISchedule schedule) implements Curve {
        @Override
        public double at(double base, long step, long warmupSteps) {
            return schedule.valueAt(Math.toIntExact(step), 0);
        }
    }

    /**
     * The rate of one of ND4J's optimisers, with its schedule if it has one. No epoch ever ends.
     *
     * @param updater with a learning rate
     */
    public record OfUpdater(IUpdater updater) implements Curve {
        @Override
        public double at(double base, long step, long warmupSteps) {
            return updater.getLearningRate(Math.toIntExact(step), 0);
        }
    }

    /**
     * One of ND4J's schedules.
     *
     * @param schedule by iteration
     * @return its rates
     */
    public static LearningRate of(ISchedule schedule) {
        return new LearningRate(schedule.valueAt(0, 0), 0, new OfSchedule(schedule));
    }

    /**
     * The rates of one of ND4J's optimisers.
     *
     * @param updater with a learning rate
     * @return its rates
     */
    public static LearningRate of(IUpdater updater) {
        return new LearningRate(updater.getLearningRate(0, 0), 0, new OfUpdater(updater));
    }

    /** The position between the end of the warm-up, 0, and the last step, 1. */
    private static double progress(long step, long warmupSteps, long totalSteps) {
        return (double) (step - warmupSteps) / length(warmupSteps, totalSteps);
    }

    private static long length(long warmupSteps, long totalSteps) {
        return Math.max(1, totalSteps - warmupSteps);
    }
}
