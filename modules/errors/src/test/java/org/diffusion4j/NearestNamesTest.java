package org.diffusion4j;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NearestNamesTest {
    private static final List<String> NAMES = List.of(
            "--model",
            "--data",
            "--out",
            "--steps",
            "--batch",
            "--labels",
            "--guidance",
            "--seed",
            "--sample-every",
            "--sample-images",
            "--learning-rate",
            "--checkpoint-every",
            "--weight-decay",
            "--threads");

    @ParameterizedTest
    @CsvSource({
        "--setps, --steps",
        "--step, --steps",
        "--stepps, --steps",
        "--stips, --steps",
        "--dta, --data",
        "--lables, --labels",
        "--guidence, --guidance",
        "--guid, --guidance",
        "--batchsize, --batch",
        "--batch_size, --batch",
        "--num-steps, --steps",
        "--Sample_Every, --sample-every",
        "--lr, --learning-rate",
        "--output, --out",
        "--checkpoint, --checkpoint-every",
        "-o, --out",
        "steps, --steps",
    })
    void aMistypedNameGivesTheNearestOne(String given, String expected) {
        assertEquals(List.of(expected), NearestNames.of(given, NAMES));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--", "--x", "--frobnicate", "--quality", "--epochs", "数", "💥", "--s"})
    void nothingNearGivesNothing(String given) {
        assertEquals(List.of(), NearestNames.of(given, NAMES));
        assertEquals("", NearestNames.question(given, NAMES));
    }

    @Test
    void namesThatAreEquallyNearAreAllNamed() {
        assertEquals("did you mean --sample-every or --sample-images?", NearestNames.question("--sample", NAMES));
    }

    @Test
    void lettersThatMovedAreNearerThanOthersInTheirPlace() {
        assertEquals("did you mean ddim?", NearestNames.question("dimm", List.of("ddpm", "ddim")));
    }

    @Test
    void aVeryLongNameIsJudgedAtOnce() {
        String name = "x".repeat(1_000_000);
        assertEquals(List.of(), NearestNames.of(name, NAMES));
        assertEquals(
                List.of(),
                NearestNames.of(name, List.of(name + "y", "y" + name)).stream()
                        .filter(near -> !near.startsWith(name))
                        .toList());
    }

    @Test
    void theDistanceIsTheSameEitherWay() {
        for (String a : NAMES) {
            for (String b : NAMES) {
                assertEquals(
                        NearestNames.of(a, List.of(b)).isEmpty(),
                        NearestNames.of(b, List.of(a)).isEmpty(),
                        a + " " + b);
            }
        }
    }
}
