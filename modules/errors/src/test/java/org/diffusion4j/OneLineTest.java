package org.diffusion4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OneLineTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "plain",
                "C:\\pictures\\ü",
                "日本語 عربی",
                "می‌خواهم",
                "👩‍👩‍👧",
                "tensor 'a.b': expected [1, 2]"
            })
    void whatIsNothingButTextStaysAsItIs(String text) {
        assertSame(text, OneLine.escaped(text));
    }

    @Test
    void whatATerminalActsOnIsWrittenOut() {
        assertEquals("a\\u001b[31mb\\u0007", OneLine.escaped("a\u001b[31mb\u0007"));
        assertEquals("a\\nb\\rc\\td\\u0000", OneLine.escaped("a\nb\rc\td\0"));
        assertEquals("\\u009b2J\\u0085", OneLine.escaped("\u009b2J\u0085"));
        assertEquals("a\\u2028b\\u2029", OneLine.escaped("a\u2028b\u2029"));
        assertEquals("gnp\\u202e.exe\\u2066\\u200f\\ufeff", OneLine.escaped("gnp\u202e.exe\u2066\u200f\ufeff"));
        assertEquals("\\ud800 \\udc00", OneLine.escaped("\ud800 \udc00"));
        assertEquals("\\udb40\\udc41", OneLine.escaped("\udb40\udc41"));
    }

    @Test
    void aLongNameIsShortenedInItsMiddleAndTheRestOfTheMessageStays() {
        String name = "/home/me/" + "x".repeat(4000) + "/last.png";
        String line = OneLine.of(name + ": expected a PNG, found a tar");
        assertEquals(480, line.length());
        assertTrue(line.startsWith("/home/me/xxx"), line);
        assertTrue(line.endsWith("xxx/last.png: expected a PNG, found a tar"), line);
        assertTrue(line.contains("x…x"), line);
    }

    @Test
    void theLongerOfTwoNamesIsShortenedFirst() {
        String line = OneLine.of("a".repeat(150) + " isn't " + "b".repeat(2000));
        assertTrue(line.startsWith("a".repeat(150) + " isn't b"), line);
        assertEquals(480, line.length());
    }

    @ParameterizedTest
    @CsvSource({"word , 400", "'\u001b[2J ', 300", "👩, 1000", "'a\n', 2000", "aé日 , 700"})
    void anyMessageIsOneLineUnder500Characters(String part, int times) {
        String line = OneLine.of(part.repeat(times));
        assertTrue(line.length() < 500 && line.length() > 400, line.length() + ": " + line);
        assertEquals(line, OneLine.of(line), "once more changes nothing");
        assertSame(line, OneLine.escaped(line));
    }

    @Test
    void noRandomTextBreaksTheLine() {
        Random random = new Random(1);
        for (int i = 0; i < 2000; i++) {
            StringBuilder text = new StringBuilder();
            int length = random.nextInt(1200);
            for (int j = 0; j < length; j++) {
                text.append((char) (random.nextBoolean() ? random.nextInt(0x100) : random.nextInt(0x10000)));
            }
            String line = OneLine.of(text.toString());
            assertTrue(line.length() < 500, line);
            assertSame(line, OneLine.escaped(line));
        }
    }

    @Test
    void everyExceptionsMessageIsOne() {
        String message = new Diffusion4jException("a\u001b[2J\n: " + "b".repeat(3000)).getMessage();
        assertTrue(message.startsWith("a\\u001b[2J\\n: bbb") && message.length() < 500, message);
        assertEquals(
                message,
                new Diffusion4jException("a\u001b[2J\n: " + "b".repeat(3000), new RuntimeException()).getMessage());
    }
}
