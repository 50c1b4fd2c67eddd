package org.diffusion4j.weights.torchfile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PickleReaderTest {
    private static Object read(byte[] bytes) {
        PickleInput input = new PickleInput(Path.of("a.pt"), "data.pkl", new ByteArrayInputStream(bytes), bytes.length);
        return new PickleReader(input, new PickleMeaning() {}).read();
    }

    private static Object read(PickleBytes pickle) {
        return read(pickle.codes(".").toBytes());
    }

    private static String refusal(PickleBytes pickle) {
        String message =
                assertThrows(Diffusion4jException.class, () -> read(pickle)).getMessage();
        assertTrue(message.startsWith("a.pt, 'data.pkl': expected "), message);
        return message;
    }

    @Test
    void wholeNumbersOfAllSizesAreRead() {
        Object read = read(new PickleBytes()
                .codes("(K\u00ffM\u0001\u0080J\u00ff\u00ff\u00ff\u00ff")
                .number(Long.MIN_VALUE)
                .hex("8a09000000000000008000")
                .hex("8a00")
                .hex("8b02000000ff7f")
                .codes("I-12\nI01\nL5L\n")
                .codes("t"));
        BigInteger large = BigInteger.ONE.shiftLeft(63);
        assertEquals(
                List.of(255L, 32769L, -1L, Long.MIN_VALUE, large, 0L, 32767L, -12L, true, 5L),
                assertInstanceOf(PickleTuple.class, read).items());
    }

    @Test
    void floatsAreBigEndianOrText() {
        Object read = read(new PickleBytes().codes("(G").hex("3ff8000000000000").codes("F-0.25\nF1e3\nFnan\nF-inf\nt"));
        assertEquals(List.of(1.5, -0.25, 1000.0, Double.NaN, Double.NEGATIVE_INFINITY), ((PickleTuple) read).items());
    }

    @Test
    void textsOfPython2ThatAreBytesStayBytes() {
        Object read = read(new PickleBytes().codes("(U\u0002hiU\u0002\u00ff\u00fet"));
        List<Object> items = ((PickleTuple) read).items();
        assertEquals("hi", items.get(0));
        assertEquals("builtins.bytes", ((PickleObject) items.get(1)).className());
    }

    @Test
    void dictsKeepTheOrderOfTheirKeysAndTheLastValue() {
        Object read = read(
                new PickleBytes().codes("}(K\u0002NK\u0001NK\u0002").text("x").codes("u"));
        Map<Object, Object> entries = ((PickleDict) read).entries();
        assertEquals(List.of(2L, 1L), List.copyOf(entries.keySet()));
        assertEquals("x", entries.get(2L));
    }

    @Test
    void memosGoByAnyNumber() {
        Object read = read(new PickleBytes()
                .codes("(")
                .text("a")
                .codes("r\u00ff\u00ff\u00ff\u00ff")
                .hex("94")
                .codes("j\u00ff\u00ff\u00ff\u00ffh\u0001t"));
        assertEquals(List.of("a", "a", "a"), ((PickleTuple) read).items());
    }

    @Test
    void popTakesAMarkThatIsNext() {
        assertEquals(List.of(5L), ((PickleTuple) read(new PickleBytes().codes("(K\u0005(0t"))).items());
        assertEquals(List.of(5L), ((PickleTuple) read(new PickleBytes().codes("(K\u0005(NN1t"))).items());
    }

    @Test
    void unknownCallsAreInertWhateverIsDoneWithThem() {
        Object read = read(new PickleBytes()
                .global("posix", "system")
                .codes("(")
                .text("touch HACKED")
                .codes("tR}b(NNu(Ne)R"));
        assertEquals("posix.system", ((PickleObject) read).className());
    }

    @Test
    void namesOfPython2AreThoseOfPython3() {
        Object read = read(new PickleBytes().global("__builtin__", "set").codes("]\u0085R"));
        assertEquals("builtins.set", ((PickleObject) read).className());
    }

    @ParameterizedTest
    @CsvSource({
        "'K', 'whole pickle'",
        "'(', 'value to use'",
        "'t', 'mark'",
        "'(N0a', 'value to use'",
        "'NNa', 'a list to fill'",
        "'}Na', 'a list to fill'",
        "'](Nu', 'without a value'",
        "'}]Ns', 'a key that never changes'",
        "'h\u0007', 'a value that was kept'",
        "'KK)R', 'a class or a function'",
        "'NNR', 'a tuple of arguments'",
        "'N}b', 'an object to give attributes'",
        "'Pa', 'found PERSID'",
        "'\u0082\u0001', 'found EXT1'",
        "'\u0097', 'found NEXT_BUFFER'",
        "'\u00ff', 'found the byte 255'",
        "'\u0080\u0006', 'protocol 5 at most'",
        "'X\u00ff\u00ff\u00ff\u00ff', 'a length'",
        "'\u008b\u00ff\u00ff\u00ff\u00ff', 'a length'",
        "'Q', 'value to use'",
        "'NQ', 'no reference'",
        "'X\u0001\u0000\u0000\u0000\u00ff', 'UTF-8'"
    })
    void whatIsWrongIsSaid(String codes, String part) {
        String message = refusal(new PickleBytes().codes(codes));
        assertTrue(message.contains(part), message);
    }

    @Test
    void everyShorterPickleIsRefused() {
        byte[] bytes = new PickleBytes()
                .protocol(2)
                .codes("}(")
                .text("w")
                .global("a", "b")
                .codes(")R")
                .text("x")
                .number(7)
                .codes("u.")
                .toBytes();
        read(bytes);
        for (int length = 0; length < bytes.length; length++) {
            byte[] shorter = Arrays.copyOf(bytes, length);
            assertThrows(Diffusion4jException.class, () -> read(shorter), "of " + length + " bytes");
        }
    }

    @Test
    void valuesThatWouldFillTheMemoryAreRefused() {
        String lists = "]".repeat(1000);
        String message = refusal(new PickleBytes().codes(("(" + lists + "l").repeat(2000)));
        assertTrue(message.contains("some 30000 tensors at most"), message);
        message = refusal(new PickleBytes().codes("N".repeat((1 << 20) + 1)));
        assertTrue(message.contains("values at once at most"), message);
    }
}
