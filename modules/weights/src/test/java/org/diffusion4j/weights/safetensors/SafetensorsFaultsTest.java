package org.diffusion4j.weights.safetensors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.diffusion4j.Diffusion4jException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong is told in one line, with the file and the tensor. */
class SafetensorsFaultsTest {
    @TempDir
    Path folder;

    private String messageOf(byte... bytes) {
        Path file = SafetensorsBytes.write(folder.resolve("model.safetensors"), bytes);
        String message = assertThrows(Diffusion4jException.class, () -> SafetensorsReader.open(file)
                        .close())
                .getMessage();
        assertTrue(message.startsWith(file.toString()), message);
        assertFalse(message.contains("\n"), message);
        return message.substring(file.toString().length());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,4]}} | , 'a': expected 8 bytes for F32 [2], found offsets 0..4",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,0]}} | , 'a': expected data_offsets [begin, end], found 4..0",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0]}} | , 'a': expected data_offsets [begin, end], found 1 numbers",
                "{'a':{'dtype':'F32','shape':[-1],'data_offsets':[0,4]}} | , 'a': expected whole numbers from 0 to 2^63 - 1 in shape, found '-1'",
                "{'a':{'dtype':'F32','shape':[1.0],'data_offsets':[0,4]}} | , 'a': expected whole numbers from 0 to 2^63 - 1 in shape, found '1.0'",
                "{'a':{'dtype':'F32','shape':[9223372036854775808],'data_offsets':[0,4]}} | , 'a': expected whole numbers from 0 to 2^63 - 1 in shape, found '9223372036854775808'",
                "{'a':{'dtype':'F32','shape':[4294967296,4294967296],'data_offsets':[0,4]}} | , 'a': expected a countable number of whole bytes for F32 [4294967296, 4294967296], found offsets 0..4",
                "{'a':{'dtype':'F4','shape':[1],'data_offsets':[0,1]}} | , 'a': expected a countable number of whole bytes for F4 [1], found offsets 0..1",
                "{'a':{'dtype':'F33','shape':[1],'data_offsets':[0,4]}} | , 'a': expected a dtype such as F32, F16, BF16 or I64, found 'F33'",
                "{'a':{'dtype':3,'shape':[1],'data_offsets':[0,4]}} | , 'a': expected a text for dtype, found '3'",
                "{'a':{'shape':[1],'data_offsets':[0,4]}} | , 'a': expected dtype, shape and data_offsets, found no dtype",
                "{'a':{'dtype':'F32','data_offsets':[0,4]}} | , 'a': expected dtype, shape and data_offsets, found no shape",
                "{'a':{'dtype':'F32','shape':1,'data_offsets':[0,4]}} | , 'a': expected a list for shape, found '1'",
                "{'a':[]} | , 'a': expected an object, found a list",
                "{'a':null} | , 'a': expected an object, found null",
                "{'__metadata__':{'a':1}} | , '__metadata__': expected a text for 'a', found '1'",
                "{'__metadata__':[]} | , '__metadata__': expected an object, found a list",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'b':{'dtype':'F32','shape':[1],'data_offsets':[2,6]}} | , 'b': expected it to begin at byte 4, where the tensor before it ends, found offsets 2..6",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'b':{'dtype':'F32','shape':[0],'data_offsets':[2,2]}} | , 'b': expected it to begin at byte 4, where the tensor before it ends, found offsets 2..2",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[1,5]}} | , 'a': expected it to begin at byte 0, where the tensor before it ends, found offsets 1..5",
                "{} | : expected the tensors to fill 4 bytes of data, found 0",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | : expected 8 bytes of data, as the header says, found 4: the file is cut short, as a download that was broken off leaves it",
                "{} {} | : expected nothing but spaces after the header's object, found an object",
                "[] | : expected a header that begins with '{', found byte 0x5b",
                "'a' | : expected a header that begins with '{', found byte 0x22",
            })
    void saysWhatIsWrong(String header, String expected) {
        assertEquals(expected, messageOf(SafetensorsBytes.file(header.replace('\'', '"'), new byte[4])));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "{\"a\":{",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
                "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[01],\"data_offsets\":[0,4]}}",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[NaN],\"data_offsets\":[0,4]}}",
                "{\"a\n\":{\"x\":",
                "{\"__metadata__\":{\"a\":\"b\",\"a\":\"c\"}}",
                "{]",
            })
    void refusesWhatIsNoJson(String header) {
        String message = messageOf(SafetensorsBytes.file(header, new byte[4]));
        assertTrue(message.startsWith(": expected a header of valid JSON, found: "), message);
    }

    @Test
    void refusesDeepNesting() {
        String deep = "[".repeat(100_000);
        messageOf(SafetensorsBytes.file("{\"a\":{\"x\":" + deep));
    }

    @Test
    void refusesNamesThatAreNoUnicode() {
        byte[] file = SafetensorsBytes.file("{\"aXb\":{}}");
        for (int i = 0; i < file.length; i++) {
            if (file[i] == 'X') {
                file[i] = (byte) 0xff;
            }
        }
        assertEquals(": expected a header in UTF-8, found bytes that are not", messageOf(file));
        messageOf(SafetensorsBytes.file("{\"\\ud800\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}"));
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MAX_VALUE, 3, 100_000_001, 1L << 40})
    void neverTrustsTheHeadersLength(long length) {
        byte[] file = ByteBuffer.allocate(10)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .put((byte) '{')
                .put((byte) '}')
                .array();
        assertEquals(
                ": expected a header of 2 bytes at most, found a length of " + Long.toUnsignedString(length),
                messageOf(file));
    }

    @Test
    void refusesFilesTooShortForALength() {
        assertEquals(
                ": expected a header's length in 8 bytes, found a file of 7",
                messageOf(new byte[] {1, 2, 3, 4, 5, 6, 7}));
        byte[] noHeader = {0, 0, 0, 0, 0, 0, 0, 0, 1};
        assertEquals(": expected a header that begins with '{', found an empty one", messageOf(noHeader));
    }

    @Test
    void saysWhichFileIsMissing() {
        Path missing = folder.resolve("missing.safetensors");
        assertEquals(
                missing + ": expected to read a safetensors file, found no such file or folder: " + missing,
                assertThrows(Diffusion4jException.class, () -> SafetensorsReader.open(missing))
                        .getMessage());
    }

    @Test
    void readsNoMoreDimensionsThanArraysHave() {
        String shape = "1,".repeat(32) + "1";
        Path file = SafetensorsBytes.write(
                folder.resolve("model.safetensors"),
                SafetensorsBytes.file(
                        "{\"a\":{\"dtype\":\"F32\",\"shape\":[" + shape + "],\"data_offsets\":[0,4]}}", new byte[4]));
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            assertEquals(
                    file + ", 'a': expected at most 32 dimensions, found 33",
                    assertThrows(Diffusion4jException.class, () -> reader.read("a"))
                            .getMessage());
        }
    }
}
