package org.diffusion4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.diffusion4j.Diffusion4jException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LabelsTest {
    private final Labels labels = new Labels(List.of("cat", "dog", "1-2", "owl"), 11);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0-9|0 1 2 3 4 5 6 7 8 9",
                "3,5|3 5",
                "5,3,5|5 3 5",
                "10|10",
                "4-4|4",
                "cat, owl|0 3",
                "dog,7-9|1 7 8 9",
                "1-2|2",
            })
    void readsNumbersRangesAndNames(String given, String expected) {
        List<Integer> numbers =
                List.of(expected.split(" ")).stream().map(Integer::valueOf).toList();
        assertEquals(numbers, labels.parse(given));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ",",
                "1,",
                "-1",
                "1-",
                "9-3",
                "11",
                "0-11",
                "bird",
                "1.5",
                "0-999999999",
                "99999999999",
                "0x3"
            })
    void refusesWhatIsNoLabel(String given) {
        assertThrows(Diffusion4jException.class, () -> labels.parse(given));
    }

    @Test
    void saysWhatItTakes() {
        assertEquals(
                "--labels: expected 0 to 10, found 11",
                assertThrows(Diffusion4jException.class, () -> labels.parse("3,11"))
                        .getMessage());
        assertEquals(
                "--labels: expected none, as the model has no classes, found '3'",
                assertThrows(Diffusion4jException.class, () -> new Labels(List.of(), null).parse("3"))
                        .getMessage());
    }
}
