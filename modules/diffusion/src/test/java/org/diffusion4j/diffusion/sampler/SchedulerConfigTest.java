package org.diffusion4j.diffusion.sampler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.diffusion4j.diffusion.schedule.BetaSchedule;
import org.diffusion4j.diffusion.schedule.VarianceType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SchedulerConfigTest {
    @Test
    void oneKindTakesTheKeysThatItHasOfAnother() {
        Map<String, Object> keys = Map.of(
                "beta_end", 0.3, "num_train_timesteps", 20, "variance_type", "learned", "set_alpha_to_one", false);

        assertEquals(
                new DdimConfig()
                        .with()
                        .betaEnd(0.3)
                        .numTrainTimesteps(20)
                        .setAlphaToOne(false)
                        .build(),
                SchedulerKind.DDIM.of(keys));
        assertEquals(
                new DdpmConfig()
                        .with()
                        .betaEnd(0.3)
                        .numTrainTimesteps(20)
                        .varianceType(VarianceType.LEARNED)
                        .build(),
                SchedulerKind.DDPM.of(keys));
    }

    @ParameterizedTest
    @EnumSource(SchedulerKind.class)
    void aMapOfItsKeysMakesTheSameConfiguration(SchedulerKind kind) {
        assertEquals(kind.defaults(), kind.of(kind.defaults().toMap()));
        assertEquals(kind, kind.defaults().kind());
    }

    @ParameterizedTest
    @EnumSource(names = {"SIGMOID", "LAPLACE"})
    void ddimRefusesTheBetaSchedulesThatOnlyDdpmHas(BetaSchedule schedule) {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> SchedulerKind.DDIM.of(Map.of("beta_schedule", schedule.configName())))
                .getMessage();

        assertTrue(message.startsWith("beta_schedule: expected"), message);
        assertTrue(message.endsWith("found " + schedule.configName()), message);
    }

    @Test
    void valuesOfAnotherTypeAreNamed() {
        Map.of(
                        "num_train_timesteps", 10.5,
                        "beta_start", "much",
                        "beta_schedule", 1,
                        "clip_sample", "yes",
                        "trained_betas", "all",
                        "variance_type", "fixed_large_log")
                .forEach((key, value) -> {
                    String message = assertThrows(
                                    IllegalArgumentException.class, () -> SchedulerKind.DDPM.of(Map.of(key, value)))
                            .getMessage();
                    assertTrue(message.startsWith(key + ": expected ") && message.contains(", found "), message);
                });
    }

    @Test
    void fieldsOutOfRangeAreNamedAsInTheJson() {
        assertRefused("num_train_timesteps", config -> config.numTrainTimesteps(0));
        assertRefused("beta_start", config -> config.betaStart(-1));
        assertRefused("beta_end", config -> config.betaEnd(Double.NaN));
        assertRefused("trained_betas", config -> config.trainedBetas(List.of(0.1)));
        assertRefused("trained_betas", config -> config.numTrainTimesteps(1).trainedBetas(List.of(1.5)));
        assertRefused("clip_sample_range", config -> config.clipSampleRange(0));
        assertRefused("dynamic_thresholding_ratio", config -> config.dynamicThresholdingRatio(2));
        assertRefused("sample_max_value", config -> config.sampleMaxValue(0));
        assertRefused("steps_offset", config -> config.stepsOffset(-1));
        assertRefused("steps_offset", config -> config.stepsOffset(1000));
        assertRefused("steps_offset", config -> config.numTrainTimesteps(10).stepsOffset(10));
        assertRefused(
                "rescale_betas_zero_snr", config -> config.numTrainTimesteps(1).rescaleBetasZeroSnr(true));
    }

    @Test
    void trainedBetasAreCopied() {
        List<Double> betas = new ArrayList<>(List.of(0.1, 0.2));
        DdpmConfig config =
                new DdpmConfig().with().numTrainTimesteps(2).trainedBetas(betas).build();

        betas.set(0, 0.9);

        assertEquals(List.of(0.1, 0.2), config.trainedBetas());
    }

    private static void assertRefused(String field, UnaryOperator<DdpmConfigBuilder> change) {
        DdpmConfigBuilder changed = change.apply(new DdpmConfig().with());

        String message =
                assertThrows(IllegalArgumentException.class, changed::build).getMessage();

        assertTrue(message.startsWith(field + ": expected ") && message.contains(", found "), message);
        assertEquals(1, message.lines().count());
    }
}
