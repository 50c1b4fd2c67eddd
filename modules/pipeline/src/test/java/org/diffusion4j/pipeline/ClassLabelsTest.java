package org.diffusion4j.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.diffusion4j.Diffusion4jException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClassLabelsTest {
    private final ClassLabels words = new ClassLabels(List.of("cat", "dog", "1-2", "owl"), 11, null);
    /** As folders named 1 to 12 are sorted. */
    private final ClassLabels numbers =
            new ClassLabels(List.of("1", "10", "11", "12", "2", "3", "4", "5", "6", "7", "8", "9"), 13, 12);

    private static List<Integer> labels(String text) {
        return List.of(text.split(" ")).stream().map(Integer::valueOf).toList();
    }

    private static String refusal(ClassLabels classes, String given) {
        String message = assertThrows(Diffusion4jException.class, () -> classes.parse(given))
                .getMessage();
        assertTrue(message.length() < 500, message);
        return message;
    }

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
                "CAT,Owl|0 3",
                "dog,7-9|1 7 8 9",
                "1-2|2",
            })
    void whereNamesAreWordsNumbersAreLabels(String given, String expected) {
        assertEquals(labels(expected), words.parse(given));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2|4",
                "2.0|4",
                "02|4",
                "12|3",
                "1-3|0 4 5",
                "8-11|10 11 1 2",
                "10-12,1|1 2 3 0",
                "1-1|0",
                "1.0-3.0|0 4 5",
            })
    void whereNamesAreNumbersANumberIsTheNameAloneAndInARange(String given, String expected) {
        assertEquals(labels(expected), numbers.parse(given));
    }

    @Test
    void numbersWithFractionsAndSignsAreNamesByTheirValue() {
        ClassLabels floats = new ClassLabels(List.of("0.0", "1.0", "10.0", "2.0", "3.0"), 6, 5);
        assertEquals(List.of(3), floats.parse("2"));
        assertEquals(List.of(2), floats.parse("10"));
        assertEquals(List.of(1, 3, 4), floats.parse("1-3"));
        ClassLabels signed = new ClassLabels(List.of("-1", "-0.5", "0", "2"), 4, null);
        assertEquals(List.of(0), signed.parse("-1"));
        assertEquals(List.of(0, 1, 2), signed.parse("-1-0"));
        assertEquals(List.of(1), signed.parse("-0.5"));
    }

    @Test
    void aNumberThatNoClassIsNamedIsRefusedThoughThereIsSuchALabel() {
        assertEquals(
                "labels: expected names of classes (1, 10, 11, 12, 2, 3, 4, 5, 6, 7, 8, 9) and ranges of them, with"
                        + " commas between, found '0'",
                refusal(numbers, "0"));
        assertTrue(refusal(numbers, "0-3").endsWith("found '0'"));
        assertTrue(refusal(numbers, "11-13").endsWith("found '13'"));
        assertEquals("labels: expected a range from low to high, found '3-1'", refusal(numbers, "3-1"));
    }

    @Test
    void namesDifferByCaseOnlyWhereTheyMust() {
        ClassLabels classes = new ClassLabels(List.of("Cat", "cat", "DOG", "Caf\u00e9"), 4, null);
        assertEquals(List.of(1, 0), classes.parse("cat,Cat"));
        assertEquals(List.of(2), classes.parse("dog"));
        assertEquals(List.of(3), classes.parse("cafe\u0301"), "another form of Unicode");
        assertEquals("labels: expected one class, as there are 'Cat', 'cat', found 'CAT'", refusal(classes, "CAT"));
        ClassLabels same = new ClassLabels(List.of("1", "01", "1.0"), 3, null);
        assertEquals(List.of(1), same.parse("01"));
        assertEquals("labels: expected one class, as there are '1', '01', '1.0', found '001'", refusal(same, "001"));
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
    void whatIsNoLabelIsRefused(String given) {
        refusal(words, given);
    }

    @Test
    void aMessageNamesSomeOfAThousandClasses() {
        List<String> many =
                IntStream.range(0, 1000).mapToObj(i -> "x".repeat(50) + i).toList();
        String message = refusal(new ClassLabels(many, 1000, null), "y".repeat(1000));
        assertTrue(message.contains("… 1000 in all"), message);
    }

    @Test
    void theLastOneForNoneIsNoLabel() {
        assertEquals("labels: expected 0 to 10, found 11", refusal(new ClassLabels(List.of("cat"), 12, 11), "3,11"));
        assertEquals(
                "labels: expected none, as the model has no classes, found '3'",
                refusal(new ClassLabels(List.of(), 0, null), "3"));
    }

    @Test
    void allAreThoseThatAreDrawn() {
        assertEquals(IntStream.range(0, 12).boxed().toList(), numbers.all());
        assertEquals(List.of(0, 2), new ClassLabels(List.of(), 3, 1).all());
        assertEquals(List.of(), new ClassLabels(List.of(), 0, null).all());
    }
}
