package org.diffusion4j.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Which input is being read, in a file that is mapped: native code may end the JVM, and then it tells by what. */
final class LastInput {
    private static final int DIGITS = 10;

    private final MappedByteBuffer file;
    private final int place;

    private LastInput(MappedByteBuffer file, int place) {
        this.file = file;
        this.place = place;
    }

    static LastInput of(Path folder, String reader, long seed) {
        byte[] head = (reader + "/" + seed + "/").getBytes(StandardCharsets.UTF_8);
        try {
            Path path = Files.createDirectories(folder).resolve(reader + ".last");
            try (FileChannel channel = FileChannel.open(
                    path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                MappedByteBuffer file = channel.map(FileChannel.MapMode.READ_WRITE, 0, head.length + DIGITS + 1L);
                file.put(head).put(head.length + DIGITS, (byte) '\n');
                return new LastInput(file, head.length);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void is(int index) {
        int rest = index;
        for (int i = DIGITS - 1; i >= 0; i--) {
            file.put(place + i, (byte) ('0' + rest % 10));
            rest /= 10;
        }
    }
}
