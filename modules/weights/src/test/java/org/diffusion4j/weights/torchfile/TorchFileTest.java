package org.diffusion4j.weights.torchfile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.diffusion4j.weights.tensor.FileTensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.factory.Nd4j;

/** Beside the reference cases, which {@code verify} reads. */
class TorchFileTest {
    private static final byte[] STORAGE = TorchBytes.floats(1, 2, 3, 4);

    @TempDir
    Path folder;

    private Path written(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("model.pt"), bytes);
    }

    private Path zip(PickleBytes pickle, byte[] storage, boolean stored) throws IOException {
        return written(TorchBytes.zip(TorchBytes.entries(pickle.codes(".").toBytes(), storage), stored));
    }

    private Path zip(PickleBytes pickle) throws IOException {
        return zip(pickle, STORAGE, true);
    }

    private static PickleBytes dict() {
        return new PickleBytes().protocol(2).codes("}(");
    }

    private static String refusal(Path file) {
        String message = assertThrows(
                        Diffusion4jException.class, () -> TorchFile.open(file).close())
                .getMessage();
        assertTrue(message.startsWith(file.toString()) && message.contains("expected "), message);
        return message;
    }

    private static float[] floats(Path file, String name) {
        try (TorchFile read = TorchFile.open(file)) {
            return read.tensor(name).array().data().asFloat();
        }
    }

    @Test
    void bothFormatsAreReadAlike() throws IOException {
        for (boolean stored : new boolean[] {true, false}) {
            Path file = zip(dict().text("w").tensor().codes("u"), STORAGE, stored);
            assertArrayEquals(new float[] {1, 2, 3, 4}, floats(file, "w"));
        }
        Path file = written(TorchBytes.legacy(dict().text("w").tensor().codes("u."), STORAGE));
        assertArrayEquals(new float[] {1, 2, 3, 4}, floats(file, "w"));
        try (TorchFile read = TorchFile.open(file)) {
            assertEquals(TorchFormat.LEGACY, read.format());
        }
    }

    @Test
    void viewsAreGatheredFromAnyPlace() throws IOException {
        int count = 700 * 700;
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = i;
        }
        byte[] pickle = dict().text("t")
                .tensor(count, 0, new long[] {700, 700}, new long[] {1, 700})
                .text("w")
                .tensor(count, 3, new long[] {2, 1, 3}, new long[] {700, 9, 2})
                .text("e")
                .tensor(count, 5, new long[] {2, 2}, new long[] {0, 1})
                .text("n")
                .tensor(count, 5, new long[] {0, 2}, new long[] {0, 1})
                .text("s")
                .tensor(count, 5, new long[] {}, new long[] {})
                .codes("u.")
                .toBytes();
        for (boolean stored : new boolean[] {true, false}) {
            Map<String, byte[]> entries = TorchBytes.entries(pickle, TorchBytes.floats(numbers));
            Path file = written(TorchBytes.zip(entries, stored));
            try (TorchFile read = TorchFile.open(file)) {
                float[] transposed = read.tensor("t").array().data().asFloat();
                for (int i = 0; i < count; i += 997) {
                    assertEquals(i % 700 * 700 + i / 700, transposed[i]);
                }
                assertArrayEquals(
                        new float[] {3, 5, 7, 703, 705, 707},
                        read.tensor("w").array().data().asFloat());
                assertArrayEquals(
                        new float[] {5, 6, 5, 6},
                        read.tensor("e").array().data().asFloat());
                assertEquals(0, read.tensor("n").array().length());
                assertEquals(5, read.tensor("s").array().getFloat(0));
                assertTrue(read.tensor("t").isFinite());
                assertEquals(4 * count, bytes(read.tensor("t")).length);
            }
        }
    }

    private static byte[] bytes(FileTensor tensor) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        tensor.writeTo(Channels.newChannel(bytes));
        return bytes.toByteArray();
    }

    @Test
    void tensorsCanBeCopiedIntoASafetensorsFile() throws IOException {
        Path file = zip(dict().text("w").tensor().codes("u"));
        Path copy = folder.resolve("copy.safetensors");
        try (TorchFile read = TorchFile.open(file)) {
            SafetensorsWriter.write(copy, Map.of("w", read.tensor("w")), Map.of());
        }
        try (SafetensorsReader reader = SafetensorsReader.open(copy)) {
            assertEquals(Nd4j.createFromArray(new float[][] {{1, 2}, {3, 4}}), reader.read("w"));
        }
    }

    @Test
    void theDictOfWeightsIsFoundAndOthersCanBeAskedFor() throws IOException {
        Path file = zip(dict().text("epoch")
                .number(3)
                .text("ema")
                .codes("}(")
                .text("a")
                .tensor()
                .codes("u")
                .text("model")
                .codes("}(")
                .text("a")
                .tensor()
                .text("b")
                .tensor()
                .codes("u")
                .codes("u"));
        try (TorchFile read = TorchFile.open(file)) {
            assertEquals(Set.of("a", "b"), read.names());
            assertEquals(Map.of("model", 2, "ema", 1), read.stateDicts());
            assertEquals("model", read.stateDicts().keySet().iterator().next());
            assertEquals(Map.of("epoch", 3L), read.plain());
            assertEquals(List.of(List.of("ema/a", "model/a", "model/b")), read.sharedStorages());
        }
        try (TorchFile read = TorchFile.open(file, "ema")) {
            assertEquals(Set.of("a"), read.names());
            String message = assertThrows(Diffusion4jException.class, () -> read.tensor("b"))
                    .getMessage();
            assertTrue(message.contains("'b': expected such a tensor"), message);
        }
        assertThrows(Diffusion4jException.class, () -> TorchFile.open(file, "emma"));
    }

    @Test
    void wholeNumbersAreKeysToo() throws IOException {
        Path file = zip(dict().number(7).tensor().text("<").tensor().codes(")N").codes("u"));
        try (TorchFile read = TorchFile.open(file)) {
            assertEquals(Set.of("7", "<"), read.names());
        }
    }

    @Test
    void objectsOfOtherClassesAreNamed() throws IOException {
        Path file = zip(dict().text("w")
                .tensor()
                .text("args")
                .global("argparse", "Namespace")
                .codes(")")
                .hex("81")
                .codes("}b")
                .text("q")
                .global("torch._utils", "_rebuild_qtensor")
                .codes(")R")
                .global("my", "Callback")
                .codes("N")
                .codes("u"));
        try (TorchFile read = TorchFile.open(file)) {
            assertEquals(Map.of("args", "argparse.Namespace", "<key my.Callback>", "None"), read.unknown());
            assertEquals(Map.of("q", "_rebuild_qtensor"), read.unreadable());
            assertEquals(Set.of("w"), read.names());
        }
    }

    @Test
    void aParameterDictIsADict() throws IOException {
        Path file = zip(dict().text("string_to_param")
                .global("torch.nn.modules.container", "ParameterDict")
                .codes(")")
                .hex("81")
                .codes("}")
                .text("_parameters")
                .codes("}")
                .text("*")
                .tensor()
                .codes("ssb")
                .codes("u"));
        assertArrayEquals(new float[] {1, 2, 3, 4}, floats(file, "*"));
    }

    @Test
    void everyShorterFileIsRefused() throws IOException {
        byte[] zip = Files.readAllBytes(zip(dict().text("w").tensor().codes("u")));
        byte[] legacy = TorchBytes.legacy(dict().text("w").tensor().codes("u."), STORAGE);
        for (byte[] bytes : List.of(zip, legacy)) {
            for (int length = 0; length < bytes.length; length += 3) {
                refusal(written(Arrays.copyOf(bytes, length)));
            }
        }
    }

    @Test
    void elementsThatFewBytesStandForAreRefused() throws IOException {
        Path file = zip(dict().text("w")
                .tensor(0, new long[] {1 << 12, 1 << 12}, new long[] {0, 0})
                .codes("u"));
        assertTrue(refusal(file).contains("no larger than its storage"));
    }

    @Test
    void bigEndianIsRefusedByName() throws IOException {
        Map<String, byte[]> entries =
                TorchBytes.entries(dict().text("w").tensor().codes("u.").toBytes(), STORAGE);
        entries.put("archive/byteorder", new byte[] {'b', 'i', 'g'});
        String message = refusal(written(TorchBytes.zip(entries, true)));
        assertTrue(
                message.contains("'archive/byteorder': expected numbers in the order 'little', found 'big'"), message);
    }

    @Test
    void twoEntriesOfOneNameAreRefused() throws IOException {
        Map<String, byte[]> entries =
                TorchBytes.entries(dict().text("w").tensor().codes("u.").toBytes(), STORAGE);
        entries.put("archive/data/1", STORAGE);
        String text = new String(TorchBytes.zip(entries, true), StandardCharsets.ISO_8859_1);
        byte[] changed = text.replace("archive/data/1", "archive/data/0").getBytes(StandardCharsets.ISO_8859_1);
        assertTrue(refusal(written(changed)).contains("found two of 'archive/data/0'"));
    }

    @Test
    void aFileThatHasBecomeShorterIsSaidToBe() throws IOException {
        Path file = zip(dict().text("w").tensor().codes("u"));
        try (TorchFile read = TorchFile.open(file)) {
            Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 20));
            String message = assertThrows(
                            Diffusion4jException.class, () -> read.tensor("w").array())
                    .getMessage();
            assertTrue(message.contains("the file has become shorter"), message);
        }
    }

    @Test
    void otherFilesAreNamed() throws IOException {
        assertTrue(refusal(written(new byte[0])).contains("found an empty file"));
        assertFalse(TorchFile.recognises(folder.resolve("model.pt")));
        Path safetensors = folder.resolve("a.safetensors");
        SafetensorsWriter.writeArrays(safetensors, Map.of("w", Nd4j.ones(2)));
        assertTrue(refusal(safetensors).contains("found a safetensors file"));
        assertTrue(TorchFile.recognises(zip(dict().text("w").tensor().codes("u"))));
        String message = refusal(folder.resolve("missing.pt"));
        assertTrue(message.contains("no such file"), message);
    }
}
