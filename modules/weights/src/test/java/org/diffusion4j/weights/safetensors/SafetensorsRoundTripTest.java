package org.diffusion4j.weights.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.TensorType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class SafetensorsRoundTripTest {
    @TempDir
    Path folder;

    private static byte[] bytesOf(Tensor tensor) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        tensor.writeTo(Channels.newChannel(bytes));
        return bytes.toByteArray();
    }

    private static byte[] halves(int... bits) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * bits.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int half : bits) {
            bytes.putShort((short) half);
        }
        return bytes.array();
    }

    @Test
    void writesWhatTheSafetensorsLibraryWrites() throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("conv.weight", Tensor.of(Nd4j.createFromArray(new float[][] {{1, 2}})));
        tensors.put("conv.bias", Tensor.of(Nd4j.createFromArray(0.5f)));
        tensors.put("step", Tensor.of(Nd4j.createFromArray(7L)));
        tensors.put("mask", Tensor.of(TensorType.BOOL, new byte[] {1}, 1));
        Path file = folder.resolve("model.safetensors");
        SafetensorsWriter.write(file, tensors, SafetensorsWriter.PYTORCH);

        String header = "{\"__metadata__\":{\"format\":\"pt\"},"
                + "\"step\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]},"
                + "\"conv.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]},"
                + "\"conv.weight\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[12,20]},"
                + "\"mask\":{\"dtype\":\"BOOL\",\"shape\":[1],\"data_offsets\":[20,21]}}";
        header += " ".repeat((8 - header.length() % 8) % 8);
        byte[] data = ByteBuffer.allocate(21)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(7)
                .putFloat(0.5f)
                .putFloat(1)
                .putFloat(2)
                .put((byte) 1)
                .array();
        assertArrayEquals(SafetensorsBytes.file(header, data), Files.readAllBytes(file));
    }

    @Test
    void copiesAFileByteByByte() throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (TensorType type : TensorType.values()) {
            byte[] bytes = new byte[type.bits() * 4 / 8];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) (31 * i + type.bits());
            }
            tensors.put("of." + type, Tensor.of(type, bytes, 2, 2));
        }
        tensors.put("scalar", Tensor.of(TensorType.F32, new byte[] {0, 0, -128, 63}));
        tensors.put("empty", Tensor.of(TensorType.F32, new byte[0], 3, 0));
        tensors.put("name \"quoted\" \\ \t \u0001 \u00e9 \uD83D\uDE00", Tensor.of(TensorType.I8, new byte[] {9}, 1));
        Path first = folder.resolve("first.safetensors");
        Path second = folder.resolve("second.safetensors");
        SafetensorsWriter.write(first, tensors, Map.of("a \"key\"", "a\nvalue"));
        try (SafetensorsReader reader = SafetensorsReader.open(first)) {
            assertEquals(tensors.keySet(), Map.copyOf(reader.tensors()).keySet());
            SafetensorsWriter.write(second, reader.tensors(), reader.metadata());
        }
        assertEquals(-1, Files.mismatch(first, second));
    }

    @Test
    void replacesTheFileThatItReadsFrom() throws IOException {
        Path file = folder.resolve("model.safetensors");
        SafetensorsWriter.writeArrays(file, Map.of("a", Nd4j.createFromArray(1f, 2f), "b", Nd4j.createFromArray(3f)));
        byte[] before = Files.readAllBytes(file);
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            SafetensorsWriter.write(file, reader.tensors(), reader.metadata());
        }
        assertArrayEquals(before, Files.readAllBytes(file));
    }

    @Test
    void readsEveryFloatTypeAsFloats() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("f64", Tensor.of(Nd4j.createFromArray(0.1, -2.0)));
        tensors.put("f16", Tensor.of(TensorType.F16, halves(0x3c00, 0x0001, 0xfc00), 3));
        tensors.put("bf16", Tensor.of(TensorType.BF16, halves(0x3f80, 0x0001, 0x7f80), 3));
        try (SafetensorsReader reader = written(tensors)) {
            assertEquals(Nd4j.createFromArray(0.1f, -2f), reader.read("f64"));
            assertArrayEquals(
                    new float[] {1, 0x1p-24f, Float.NEGATIVE_INFINITY},
                    reader.read("f16").toFloatVector());
            assertArrayEquals(
                    new float[] {1, 0x1p-133f, Float.POSITIVE_INFINITY},
                    reader.read("bf16").toFloatVector());
            assertEquals(DataType.FLOAT, reader.read("bf16").dataType());
        }
    }

    @Test
    void readsEveryTypeOfWholeNumbersAsLongs() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (TensorType type : List.of(TensorType.I8, TensorType.I16, TensorType.I32, TensorType.I64)) {
            byte[] minusTwo = new byte[type.bits() / 8];
            Arrays.fill(minusTwo, (byte) 0xff);
            minusTwo[0] = (byte) 0xfe;
            tensors.put("signed." + type, Tensor.of(type, minusTwo, 1));
        }
        tensors.put("u8", Tensor.of(TensorType.U8, new byte[] {-1}, 1));
        tensors.put("u16", Tensor.of(TensorType.U16, halves(0xffff), 1));
        tensors.put("u32", Tensor.of(TensorType.U32, halves(0xffff, 0xffff), 1));
        tensors.put("u64", Tensor.of(TensorType.U64, halves(1, 0, 0, 0), 1));
        tensors.put("u64.large", Tensor.of(TensorType.U64, halves(0, 0, 0, 0x8000), 1));
        tensors.put("bool", Tensor.of(TensorType.BOOL, new byte[] {1, 0}, 2));
        try (SafetensorsReader reader = written(tensors)) {
            for (String name : reader.names()) {
                if (name.startsWith("signed.")) {
                    assertEquals(-2, reader.readLong(name).getLong(0), name);
                }
            }
            assertEquals(255, reader.readLong("u8").getLong(0));
            assertEquals(65535, reader.readLong("u16").getLong(0));
            assertEquals(4294967295L, reader.readLong("u32").getLong(0));
            assertEquals(1, reader.readLong("u64").getLong(0));
            assertEquals(Nd4j.createFromArray(1L, 0L), reader.readLong("bool"));
            assertThrows(Diffusion4jException.class, () -> reader.readLong("u64.large"));
            assertThrows(Diffusion4jException.class, () -> reader.read("u8"));
            assertThrows(Diffusion4jException.class, () -> reader.read("no such name"));
        }
    }

    @Test
    void readsScalarsAndEmptyTensors() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("scalar", Tensor.of(TensorType.F32, new byte[] {0, 0, -128, 63}));
        tensors.put("long", Tensor.of(TensorType.I64, new byte[] {5, 0, 0, 0, 0, 0, 0, 0}));
        tensors.put("empty", Tensor.of(TensorType.F32, new byte[0], 3, 0, 2));
        try (SafetensorsReader reader = written(tensors)) {
            assertEquals(0, reader.read("scalar").rank());
            assertEquals(1f, reader.read("scalar").getFloat());
            assertEquals(5, reader.readLong("long").getLong());
            INDArray empty = reader.read("empty");
            assertArrayEquals(new long[] {3, 0, 2}, empty.shape());
            Path again = folder.resolve("again.safetensors");
            SafetensorsWriter.writeArrays(again, Map.of("empty", empty, "scalar", reader.read("scalar")));
            try (SafetensorsReader second = SafetensorsReader.open(again)) {
                assertArrayEquals(new long[] {3, 0, 2}, second.entry("empty").shape());
                assertArrayEquals(new long[0], second.entry("scalar").shape());
            }
        }
    }

    @Test
    void writesViewsAndColumnOrderRowByRow() {
        INDArray whole = Nd4j.arange(24).castTo(DataType.FLOAT).reshape(4, 6);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("view", Tensor.of(whole.get(NDArrayIndex.interval(1, 3), NDArrayIndex.interval(2, 5))));
        tensors.put("transposed", Tensor.of(whole.transpose()));
        tensors.put("columns", Tensor.of(whole.dup('f')));
        tensors.put("row", Tensor.of(whole.getRow(2)));
        try (SafetensorsReader reader = written(tensors)) {
            assertArrayEquals(
                    new float[] {8, 9, 10, 14, 15, 16},
                    reader.read("view").dup('c').reshape(6).toFloatVector());
            assertEquals(whole.transpose().dup('c'), reader.read("transposed"));
            assertEquals(whole, reader.read("columns"));
            assertArrayEquals(
                    new float[] {12, 13, 14, 15, 16, 17}, reader.read("row").toFloatVector());
        }
    }

    @Test
    void narrowsFloatsToTheTypeAskedFor() throws IOException {
        INDArray array = Nd4j.createFromArray(1f, 1 + 0x1p-8f, 70000f);
        assertArrayEquals(halves(0x3c00, 0x3c04, 0x7c00), bytesOf(Tensor.of(array, TensorType.F16)));
        assertArrayEquals(halves(0x3f80, 0x3f80, 0x4789), bytesOf(Tensor.of(array, TensorType.BF16)));
        assertThrows(IllegalArgumentException.class, () -> Tensor.of(array, TensorType.I64));
    }

    @Test
    void keepsArraysLongerThanAWindow() {
        INDArray array = Nd4j.rand(DataType.FLOAT, 3, 100_003);
        try (SafetensorsReader reader = written(Map.of(
                "f32",
                Tensor.of(array),
                "f64",
                Tensor.of(array.castTo(DataType.DOUBLE)),
                "half",
                Tensor.of(array, TensorType.BF16)))) {
            assertEquals(array, reader.read("f32"));
            assertEquals(array, reader.read("f64"));
            assertEquals(array.castTo(DataType.BFLOAT16).castTo(DataType.FLOAT), reader.read("half"));
        }
    }

    /** Beyond what an int counts: the file is sparse, so that it takes no space. */
    @Test
    void readsBehindTwoGigabytes() throws IOException {
        Path file = folder.resolve("large.safetensors");
        long large = (1L << 31) + 24;
        String header = String.format(
                        Locale.ROOT,
                        "{\"large\":{\"dtype\":\"U8\",\"shape\":[%d],\"data_offsets\":[0,%d]},",
                        large,
                        large)
                + String.format(
                        Locale.ROOT,
                        "\"last\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[%d,%d]}}",
                        large,
                        large + 4);
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.write(SafetensorsBytes.file(header));
            long start = sparse.length();
            sparse.seek(start + large);
            sparse.write(new byte[] {0, 0, -128, 63});
        }
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            assertEquals(1f, reader.read("last").getFloat(0));
            assertEquals(large, reader.entry("large").byteSize());
        }
    }

    /** One tensor beyond what an int counts; it takes 5 GB of memory and of disk. */
    @Test
    @Tag("slow")
    void readsAndWritesATensorOfMoreThanTwoGigabytes() throws IOException {
        Path file = folder.resolve("large.safetensors");
        long length = (1L << 29) + 5; // floats
        String header = String.format(
                Locale.ROOT, "{\"w\":{\"dtype\":\"F32\",\"shape\":[%d],\"data_offsets\":[0,%d]}}", length, 4 * length);
        header += " ".repeat((8 - header.length() % 8) % 8);
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.write(SafetensorsBytes.file(header));
            sparse.seek(sparse.length() + 4 * (length - 1));
            sparse.write(new byte[] {0, 0, -128, 63});
        }
        Path copy = folder.resolve("copy.safetensors");
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            INDArray array = reader.read("w");
            assertEquals(1f, array.getFloat(length - 1));
            SafetensorsWriter.write(copy, Map.of("w", Tensor.of(array)), reader.metadata());
            assertEquals(-1, Files.mismatch(file, copy));
            SafetensorsWriter.write(copy, reader.tensors(), reader.metadata());
            assertEquals(-1, Files.mismatch(file, copy));
        }
    }

    @Test
    void refusesNamesThatAFileCantHold() {
        Tensor tensor = Tensor.of(Nd4j.createFromArray(1f));
        Path file = folder.resolve("bad.safetensors");
        assertThrows(
                IllegalArgumentException.class,
                () -> SafetensorsWriter.write(file, Map.of("__metadata__", tensor), Map.of()));
        assertThrows(
                IllegalArgumentException.class,
                () -> SafetensorsWriter.write(file, Map.of("\ud800", tensor), Map.of()));
    }

    @Test
    void leavesNothingBehindWhereWritingFails() throws IOException {
        Path target = Files.createDirectory(folder.resolve("target"));
        Files.writeString(target.resolve("inside"), "x");
        assertThrows(
                Diffusion4jException.class,
                () -> SafetensorsWriter.writeArrays(target, Map.of("a", Nd4j.createFromArray(1f))));
        assertThrows(
                Diffusion4jException.class,
                () -> SafetensorsWriter.writeArrays(
                        folder.resolve("missing").resolve("a.safetensors"), Map.of("a", Nd4j.createFromArray(1f))));
        try (var files = Files.list(folder)) {
            assertEquals(List.of(target), files.toList());
        }
        assertEquals("x", Files.readString(target.resolve("inside"), StandardCharsets.UTF_8));
    }

    private SafetensorsReader written(Map<String, Tensor> tensors) {
        Path file = folder.resolve("tensors.safetensors");
        SafetensorsWriter.write(file, tensors, Map.of());
        return SafetensorsReader.open(file);
    }
}
