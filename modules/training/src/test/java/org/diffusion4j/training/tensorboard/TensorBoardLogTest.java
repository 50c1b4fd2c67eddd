package org.diffusion4j.training.tensorboard;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.picture.ImageGrid;
import org.diffusion4j.training.Trainer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardLogTest {
    @TempDir
    private Path folder;

    @Test
    void checksumsAreCastagnolis() {
        assertEquals(0xe3069283, crc32c("123456789".getBytes(StandardCharsets.US_ASCII))); // RFC 3720's check value
    }

    @Test
    void stepsAreScalars() throws IOException {
        double before = System.currentTimeMillis() / 1000.0;
        try (TensorBoardLog log = new TensorBoardLog(folder)) {
            log.started(0, 2);
            log.step(new Trainer.Step(1, 0.5, 2.25, 0), 100);
            log.step(new Trainer.Step(2, 0.25, 1.5, 2e-4), 200);
        }

        List<Fields> events = events(files().get(0));

        assertEquals(4, events.size());
        assertEquals("brain.Event:2", events.get(0).text(3));
        assertTrue(events.stream().allMatch(event -> Double.longBitsToDouble(event.number(1)) >= before));
        assertEquals(
                Map.of("loss", 0.5f, "gradient_norm", 2.25f, "learning_rate", 0f, "images_per_second", 100f),
                scalars(events.get(2)));
        assertEquals(2, events.get(3).number(2));
        assertEquals(
                Map.of("loss", 0.25f, "gradient_norm", 1.5f, "learning_rate", 2e-4f, "images_per_second", 200f),
                scalars(events.get(3)));
    }

    @Test
    void samplesArePngs() throws IOException {
        BufferedImage picture = new BufferedImage(6, 4, BufferedImage.TYPE_INT_RGB);
        picture.setRGB(5, 3, 0x123456);
        try (TensorBoardLog log = new TensorBoardLog(folder)) {
            log.sampled(7, new ImageGrid(picture, Map.of()));

            // Whoever watches sees it at once.
            Fields event = events(files().get(0)).get(1);
            assertEquals(7, event.number(2));
            Fields value = event.message(5).message(1);
            assertEquals("samples", value.text(1));
            Fields image = value.message(4);
            assertArrayEquals(new long[] {4, 6, 3}, new long[] {image.number(1), image.number(2), image.number(3)});
            BufferedImage read = ImageIO.read(new ByteArrayInputStream(image.bytes(4)));
            assertEquals(0x123456, read.getRGB(5, 3) & 0xffffff);
        }
    }

    @Test
    void greySamplesHaveOneChannel() throws IOException {
        try (TensorBoardLog log = new TensorBoardLog(folder)) {
            log.sampled(1, new ImageGrid(new BufferedImage(2, 2, BufferedImage.TYPE_BYTE_GRAY), Map.of()));
        }
        assertEquals(
                1,
                events(files().get(0)).get(1).message(5).message(1).message(4).number(3));
    }

    @Test
    void runThatGoesOnAddsAFileThatEndsWhatTheOthersHaveOfItsSteps() throws IOException {
        for (long done : new long[] {0, 10, 20}) {
            try (TensorBoardLog log = new TensorBoardLog(folder)) {
                log.started(done, 30);
            }
        }

        List<Path> files = files();

        assertEquals(3, files.size());
        for (int i = 0; i < 3; i++) {
            Fields start = events(files.get(i)).get(1);
            assertEquals(1, start.message(7).number(1));
            assertEquals(10L * i + 1, start.number(2));
        }
    }

    @Test
    void checkpointLeavesNothingInMemory() throws IOException {
        try (TensorBoardLog log = new TensorBoardLog(folder)) {
            log.step(new Trainer.Step(1, 1, 1, 1), 1);
            log.checkpoint(1, folder);
            assertEquals(2, events(files().get(0)).size());
        }
    }

    @Test
    void saysWhereItCannotWrite() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        String message = assertThrows(Diffusion4jException.class, () -> new TensorBoardLog(file).close())
                .getMessage();
        assertTrue(message.startsWith(file + ": expected to write there, found "), message);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().contains("tfevents"))
                    .sorted()
                    .toList();
        }
    }

    private static Map<String, Float> scalars(Fields event) {
        Map<String, Float> scalars = new HashMap<>();
        for (Object value : event.message(5).values.get(1)) {
            Fields fields = new Fields((byte[]) value);
            scalars.put(fields.text(1), Float.intBitsToFloat((int) fields.number(2)));
        }
        return scalars;
    }

    // Read anew: framing, checksums, protobuf ------------------------------------------------------------------------

    private static List<Fields> events(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<Fields> events = new ArrayList<>();
        while (bytes.hasRemaining()) {
            byte[] length = read(bytes, Long.BYTES);
            byte[] content = read(bytes, (int)
                    ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).getLong());
            events.add(new Fields(content));
        }
        return events;
    }

    private static byte[] read(ByteBuffer bytes, int size) {
        byte[] content = new byte[size];
        bytes.get(content);
        int crc = crc32c(content);
        assertEquals(((crc >>> 15) | (crc << 17)) + 0xa282ead8, bytes.getInt());
        return content;
    }

    /** Bit by bit. */
    private static int crc32c(byte[] content) {
        int crc = -1;
        for (byte b : content) {
            crc ^= b & 0xff;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc >>> 1) ^ ((crc & 1) * 0x82f63b78);
            }
        }
        return ~crc;
    }

    /** A message's fields by number: numbers as Long, whatever their encoding, all else as byte[]. */
    private static final class Fields {
        private final Map<Integer, List<Object>> values = new HashMap<>();

        Fields(byte[] message) {
            try {
                CodedInputStream in = CodedInputStream.newInstance(message);
                for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                    Object value =
                            switch (WireFormat.getTagWireType(tag)) {
                                case WireFormat.WIRETYPE_VARINT -> in.readRawVarint64();
                                case WireFormat.WIRETYPE_FIXED64 -> in.readRawLittleEndian64();
                                case WireFormat.WIRETYPE_FIXED32 -> (long) in.readRawLittleEndian32();
                                case WireFormat.WIRETYPE_LENGTH_DELIMITED -> in.readByteArray();
                                default -> throw new AssertionError("tag " + tag);
                            };
                    values.computeIfAbsent(WireFormat.getTagFieldNumber(tag), number -> new ArrayList<>())
                            .add(value);
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        long number(int field) {
            return (Long) values.get(field).get(0);
        }

        byte[] bytes(int field) {
            return (byte[]) values.get(field).get(0);
        }

        String text(int field) {
            return new String(bytes(field), StandardCharsets.UTF_8);
        }

        Fields message(int field) {
            return new Fields(bytes(field));
        }
    }
}
