package org.diffusion4j.weights.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.lifecycle.BeforeProperty;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.TensorType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Whatever stands in a file: it is read rightly or refused by a {@link Diffusion4jException}. */
class SafetensorsFuzzTest {
    private Path file;
    private Path copy;

    @BeforeProperty
    void createFiles() throws IOException {
        file = Files.createTempFile("fuzz", ".safetensors");
        copy = file.resolveSibling(file.getFileName() + ".copy");
    }

    @AfterProperty
    void deleteFiles() throws IOException {
        Files.deleteIfExists(file);
        Files.deleteIfExists(copy);
    }

    /** A tensor: a name, a type, a shape; the bytes are drawn from a seed. */
    record Sketch(String name, TensorType type, List<Long> shape) {
        Tensor tensor(Random random) {
            long[] dimensions = shape.stream().mapToLong(Long::longValue).toArray();
            byte[] bytes = new byte[type.byteSize(dimensions).orElse(0L).intValue()];
            random.nextBytes(bytes);
            return type.byteSize(dimensions).isPresent()
                    ? Tensor.of(type, bytes, dimensions)
                    : Tensor.of(type, bytes, 0);
        }
    }

    @Provide
    Arbitrary<List<Sketch>> sketches() {
        Arbitrary<String> names = Arbitraries.strings()
                .ofMaxLength(12)
                .filter(name -> StandardCharsets.UTF_8.newEncoder().canEncode(name) && !name.equals("__metadata__"));
        Arbitrary<List<Long>> shapes = Arbitraries.longs().between(0, 5).list().ofMaxSize(4);
        return Combinators.combine(names, Arbitraries.of(TensorType.class), shapes)
                .as(Sketch::new)
                .list()
                .uniqueElements(Sketch::name)
                .ofMaxSize(6);
    }

    private byte[] written(List<Sketch> sketches, long seed) throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Random random = new Random(seed);
        sketches.forEach(sketch -> tensors.put(sketch.name(), sketch.tensor(random)));
        SafetensorsWriter.write(file, tensors, seed % 2 == 0 ? SafetensorsWriter.PYTORCH : Map.of());
        return Files.readAllBytes(file);
    }

    @Property(tries = 300)
    void whatIsWrittenIsReadAndCopiedAsItIs(@ForAll("sketches") List<Sketch> sketches, @ForAll long seed)
            throws IOException {
        byte[] bytes = written(sketches, seed);
        assertEquals(0, (bytes[0] & 0xff) % 8, "the header's length is a multiple of 8");
        readAll();
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            assertEquals(sketches.size(), reader.names().size());
            Random random = new Random(seed);
            for (Sketch sketch : sketches) {
                assertArrayEquals(bytesOf(sketch.tensor(random)), bytesOf(reader.tensor(sketch.name())));
            }
            SafetensorsWriter.write(copy, reader.tensors(), reader.metadata());
        }
        assertArrayEquals(bytes, Files.readAllBytes(copy));
    }

    @Property(tries = 500)
    void changedBytesAreReadOrRefused(@ForAll("sketches") List<Sketch> sketches, @ForAll long seed) throws IOException {
        changedIsReadOrRefused(sketches, seed);
    }

    @Property(tries = 10_000)
    @Tag("slow")
    void furtherChangedBytesAreReadOrRefused(@ForAll("sketches") List<Sketch> sketches, @ForAll long seed)
            throws IOException {
        changedIsReadOrRefused(sketches, seed);
    }

    private void changedIsReadOrRefused(List<Sketch> sketches, long seed) throws IOException {
        byte[] bytes = written(sketches, seed);
        Random random = new Random(seed);
        int changes = 1 + random.nextInt(6);
        for (int i = 0; i < changes; i++) {
            // Half of the changes near the beginning, where the lengths are.
            int at = random.nextInt(random.nextBoolean() ? Math.min(bytes.length, 24) : bytes.length);
            bytes[at] = (byte) random.nextInt(256);
        }
        SafetensorsBytes.write(file, bytes);
        readOrRefuse();
    }

    @Property(tries = 500)
    void cutAndStretchedFilesAreRefused(@ForAll("sketches") List<Sketch> sketches, @ForAll long seed)
            throws IOException {
        byte[] bytes = written(sketches, seed);
        Random random = new Random(seed);
        byte[] changed = Arrays.copyOf(bytes, random.nextInt(bytes.length + 64));
        SafetensorsBytes.write(file, changed);
        if (changed.length == bytes.length) {
            readAll();
        } else {
            assertRefused();
        }
    }

    /** Edits of the header that leave its length right, so that they get past it. */
    @Property(tries = 500)
    void editedHeadersAreReadOrRefused(@ForAll("sketches") List<Sketch> sketches, @ForAll long seed)
            throws IOException {
        editedIsReadOrRefused(sketches, seed);
    }

    @Property(tries = 10_000)
    @Tag("slow")
    void furtherEditedHeadersAreReadOrRefused(@ForAll("sketches") List<Sketch> sketches, @ForAll long seed)
            throws IOException {
        editedIsReadOrRefused(sketches, seed);
    }

    private void editedIsReadOrRefused(List<Sketch> sketches, long seed) throws IOException {
        byte[] bytes = written(sketches, seed);
        int headerLength = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
        String header = new String(bytes, 8, headerLength, StandardCharsets.UTF_8);
        Random random = new Random(seed);
        for (int i = 0; i <= random.nextInt(3); i++) {
            header = edited(header, random);
        }
        byte[] data = Arrays.copyOfRange(bytes, 8 + headerLength, bytes.length);
        SafetensorsBytes.write(file, SafetensorsBytes.file(header, data));
        readOrRefuse();
    }

    private static String edited(String header, Random random) {
        List<String> scraps = List.of(
                "0",
                "1",
                "-1",
                "8",
                "9223372036854775807",
                "9223372036854775808",
                "18446744073709551615",
                "1e400",
                "1e3",
                "0.5",
                "null",
                "true",
                "\"\"",
                "[]",
                "{}",
                "[",
                "]",
                "{",
                "}",
                ",",
                ":",
                "\"",
                "\\",
                "\\u0000",
                "\"F32\"",
                "\"U8\"",
                "\"F4\"",
                "\"shape\"",
                "\"dtype\"",
                "\"data_offsets\"",
                "\"__metadata__\"",
                "4294967296,4294967296",
                "2147483648",
                "\u0000",
                "\ufeff",
                " ",
                "[".repeat(2000));
        String scrap = scraps.get(random.nextInt(scraps.size()));
        if (random.nextBoolean()) {
            // In place of a number: the likeliest way to a header that parses.
            List<MatchResult> numbers =
                    Pattern.compile("\\d+").matcher(header).results().toList();
            if (!numbers.isEmpty()) {
                MatchResult number = numbers.get(random.nextInt(numbers.size()));
                return header.substring(0, number.start()) + scrap + header.substring(number.end());
            }
        }
        int from = random.nextInt(header.length() + 1);
        int to = Math.min(header.length(), from + random.nextInt(8));
        return header.substring(0, from) + scrap + header.substring(to);
    }

    @Property(tries = 300)
    void randomBytesAreRefused(@ForAll byte[] bytes) throws IOException {
        SafetensorsBytes.write(file, bytes);
        readOrRefuse();
    }

    private void assertRefused() {
        assertThrows(Diffusion4jException.class, this::readAll);
    }

    private void readOrRefuse() throws IOException {
        try {
            readAll();
        } catch (Diffusion4jException e) {
            assertEquals(-1, e.getMessage().indexOf('\n'), "one line");
        }
    }

    private void readAll() throws IOException {
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            for (String name : reader.names()) {
                TensorEntry entry = reader.entry(name);
                assertEquals(entry.byteSize(), bytesOf(reader.tensor(name)).length);
                if (entry.shape().length > 32 || entry.type().bits() < 8) {
                    continue;
                }
                if (entry.type().isFloat()) {
                    check(entry, reader.read(name));
                } else if (entry.type() == TensorType.U64) {
                    try {
                        check(entry, reader.readLong(name));
                    } catch (Diffusion4jException e) {
                        assertTrue(e.getMessage().contains("expected numbers below 2^63"));
                    }
                } else if (entry.type() == TensorType.BOOL
                        || entry.type().name().matches("[IU]\\d+")) {
                    check(entry, reader.readLong(name));
                }
            }
        }
    }

    private static void check(TensorEntry entry, INDArray array) {
        assertArrayEquals(entry.shape(), array.shape());
        assertEquals(entry.byteSize() * 8 / entry.type().bits(), array.length());
    }

    private static byte[] bytesOf(Tensor tensor) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        tensor.writeTo(Channels.newChannel(bytes));
        return bytes.toByteArray();
    }
}
