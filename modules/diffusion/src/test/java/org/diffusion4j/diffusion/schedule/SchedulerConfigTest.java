package org.diffusion4j.diffusion.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SchedulerConfigTest {
    @Test
    void ddimTakesTheScheduleOfADdpmConfigurationAndDropsItsVariance() {
        SchedulerConfig ddpm = SchedulerConfig.ddpm()
                .change()
                .betaEnd(0.3)
                .numTrainTimesteps(20)
                .varianceType(VarianceType.LEARNED)
                .build();

        assertEquals(
                SchedulerConfig.ddim()
                        .change()
                        .betaEnd(0.3)
                        .numTrainTimesteps(20)
                        .build(),
                ddpm.toDdim());
        assertEquals(
                ddpm.change().varianceType(VarianceType.FIXED_SMALL).build(),
                ddpm.toDdim().toDdpm());
    }

    @ParameterizedTest
    @EnumSource(names = {"SIGMOID", "LAPLACE"})
    void ddimRefusesTheBetaSchedulesThatDdpmAloneHas(BetaSchedule schedule) {
        SchedulerConfig ddpm =
                SchedulerConfig.ddpm().change().betaSchedule(schedule).build();

        String message =
                assertThrows(IllegalArgumentException.class, ddpm::toDdim).getMessage();

        assertTrue(message.startsWith("beta_schedule: expected"), message);
        assertTrue(message.endsWith("found " + schedule.diffusersName()), message);
    }

    @Test
    void fixedLargeLogIsRefusedByName() {
        String message = assertThrows(IllegalArgumentException.class, () -> VarianceType.parse("fixed_large_log"))
                .getMessage();

        assertTrue(message.startsWith("variance_type: expected") && message.contains("found fixed_large_log"), message);
        assertEquals(VarianceType.LEARNED_RANGE, VarianceType.parse("learned_range"));
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
        SchedulerConfig config = SchedulerConfig.ddpm()
                .change()
                .numTrainTimesteps(2)
                .trainedBetas(betas)
                .build();

        betas.set(0, 0.9);

        assertEquals(List.of(0.1, 0.2), config.trainedBetas());
    }

    private static void assertRefused(String field, UnaryOperator<SchedulerConfig.Builder> change) {
        SchedulerConfig.Builder changed = change.apply(SchedulerConfig.ddpm().change());

        String message =
                assertThrows(IllegalArgumentException.class, changed::build).getMessage();

        assertTrue(message.startsWith(field + ": expected ") && message.contains(", found "), message);
        assertEquals(1, message.lines().count());
    }
}
