package org.diffusion4j.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConfigKeysTest {
    private enum Curve implements ConfigName {
        STRAIGHT,
        SCALED_LINEAR,
        COSINE {
            @Override
            public String configName() {
                return "squaredcos_cap_v2";
            }
        }
    }

    private record Size(int height, int width) {
        Size {
            if (height < 1) {
                throw new IllegalArgumentException("sample_size: expected at least 1, found " + height);
            }
        }
    }

    private record Options(
            int numTrainTimesteps,
            Double betaStart,
            double betaEnd,
            boolean predictX0,
            Curve betaCurve,
            @OrNull Curve other,
            List<Curve> curves,
            List<Integer> widths,
            @OrNull List<Double> betas,
            @Extension boolean residual,
            @Extension Size sampleSize,
            Object free) {}

    private static final Options DEFAULTS = new Options(
            1000,
            null,
            0.02,
            true,
            Curve.SCALED_LINEAR,
            null,
            List.of(Curve.STRAIGHT, Curve.COSINE),
            List.of(32, 64),
            null,
            true,
            new Size(28, 28),
            null);

    private static Options with(String key, Object value) {
        return ConfigKeys.with(DEFAULTS, Collections.singletonMap(key, value));
    }

    private static void assertRefused(String expected, String key, Object value) {
        assertEquals(
                expected,
                assertThrows(IllegalArgumentException.class, () -> with(key, value))
                        .getMessage());
    }

    @Test
    void aRecordIsAMapUnderDiffusersNamesAndBack() {
        Map<String, Object> expected = new LinkedHashMap<>();
        expected.put("num_train_timesteps", 1000);
        expected.put("beta_start", null);
        expected.put("beta_end", 0.02);
        expected.put("predict_x0", true);
        expected.put("beta_curve", "scaled_linear");
        expected.put("other", null);
        expected.put("curves", List.of("straight", "squaredcos_cap_v2"));
        expected.put("widths", List.of(32, 64));
        expected.put("betas", null);
        expected.put("residual", true);
        expected.put("sample_size", 28);
        expected.put("free", null);
        Map<String, Object> map = ConfigKeys.toMap(DEFAULTS);
        assertEquals(expected, map);
        assertEquals(List.copyOf(expected.keySet()), List.copyOf(map.keySet()));
        assertEquals(List.copyOf(expected.keySet()), List.copyOf(ConfigKeys.of(DEFAULTS)));
        assertEquals(DEFAULTS, ConfigKeys.with(with("num_train_timesteps", 5), map));
        assertEquals(Set.of("residual", "sample_size"), ConfigKeys.marked(DEFAULTS, Extension.class));
    }

    @Test
    void aSizeIsOneNumberOrOneForEachSide() {
        assertEquals(new Size(16, 16), with("sample_size", 16).sampleSize);
        assertEquals(new Size(16, 24), with("sample_size", List.of(16, 24)).sampleSize);
        assertEquals(
                List.of(16, 24),
                ConfigKeys.toMap(with("sample_size", List.of(16, 24))).get("sample_size"));
        assertRefused(
                "sample_size: expected a whole number or [height, width], found a list of 3",
                "sample_size",
                List.of(1, 2, 3));
        assertRefused("sample_size: expected a whole number or [height, width], found '8'", "sample_size", "8");
        assertRefused("sample_size: expected at least 1, found 0", "sample_size", 0);
    }

    @Test
    void aValueOfAnotherTypeIsRefusedByItsKey() {
        assertRefused("num_train_timesteps: expected a whole number, found 1.0", "num_train_timesteps", 1.0);
        assertRefused("num_train_timesteps: expected a whole number, found null", "num_train_timesteps", null);
        assertRefused("beta_start: expected a number, found 'much'", "beta_start", "much");
        assertRefused("predict_x0: expected true or false, found 1", "predict_x0", 1);
        assertRefused("beta_curve: expected a text, found an object", "beta_curve", Map.of());
        assertRefused(
                "beta_curve: expected one of straight, scaled_linear, squaredcos_cap_v2, found 'cosine'",
                "beta_curve",
                "cosine");
        assertRefused("curves: expected a list, found 'straight'", "curves", "straight");
        assertRefused("widths: expected a whole number, found '64'", "widths", List.of(32, "64"));
        assertRefused("widths: expected a whole number, found null", "widths", Arrays.asList(32, null));
        assertRefused("beta_end: expected a number, found a list of 0", "beta_end", List.of());
        assertRefused("beta_end: expected a number, found '" + "9".repeat(59) + "…", "beta_end", "9".repeat(1000));
    }

    @Test
    void nullIsNoneWhereThereMayBeNoneAndFalseForATruthValueOfDiffusers() {
        assertEquals(null, with("other", null).other);
        assertEquals(null, with("sample_size", null).sampleSize);
        assertEquals(null, with("beta_start", null).betaStart);
        assertEquals(false, with("predict_x0", null).predictX0);
        assertEquals(null, with("betas", null).betas);
        assertRefused("beta_curve: expected a text, found null", "beta_curve", null);
        assertRefused("widths: expected a list, found null", "widths", null);
        assertRefused("residual: expected true or false, found null", "residual", null);
    }

    @Test
    void whatTheRecordDoesNotHaveIsPassedOverAndAnythingGoesWhereTheTypeIsOpen() {
        assertEquals(DEFAULTS, with("unknown", 1));
        assertEquals(List.of("a"), with("free", List.of("a")).free);
    }
}
