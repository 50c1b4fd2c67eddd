package org.diffusion4j.training.prompt;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.file.FileReplacement;
import org.diffusion4j.weights.file.JsonFile;
import org.diffusion4j.weights.file.Sha256;

/**
 * Rows of float32 numbers that take long to compute, in a file: little-endian, one after another. A file beside it says what
 * they were computed from, and has their sum. Several threads may read at once; what was read lately stays in the system's cache.
 */
final class RowsFile implements AutoCloseable {
    private static final String KEY = "of";
    private static final String NAMES = "names";
    private static final String SUM = "sha256";
    private static final String SUFFIX = ".f32";

    private final Path file;
    private final List<String> names;
    private final FileChannel channel;
    private final int length;

    /**
     * Some rows.
     *
     * @param names a name for each thing that has rows; it may have several
     * @param values the rows one after another
     */
    record Rows(List<String> names, float[] values) {}

    /** Computes rows, from the first one on. */
    interface Maker {
        /**
         * Computes the next ones.
         *
         * @param first the number of the first named thing
         * @param count how many of these, at least 1
         * @return their rows
         */
        Rows next(int first, int count);
    }

    private RowsFile(Path file, List<String> names, int length) throws IOException {
        this.file = file;
        this.names = names;
        this.length = length;
        channel = FileChannel.open(file, StandardOpenOption.READ);
    }

    /**
     * Opens rows that are there and whole, or makes them.
     *
     * @param folder the folder, which is made if it isn't there
     * @param name of the files, without a suffix
     * @param key what decides on the rows: others are made anew
     * @param count how many named things there are
     * @param length of a row
     * @param together of how many things rows are made at a time
     * @param maker computes them
     * @return the rows, which the caller closes
     * @throws Diffusion4jException if they can't be written
     */
    static RowsFile of(Path folder, String name, String key, int count, int length, int together, Maker maker) {
        Path file = folder.resolve(name + SUFFIX);
        Path about = folder.resolve(name + ".json");
        try {
            if (!isWhole(file, about, key)) {
                FileReplacement.makeFolder(folder);
                Files.deleteIfExists(about);
                ObjectNode json = JsonNodeFactory.instance.objectNode();
                ArrayNode names = json.put(KEY, key).putArray(NAMES);
                FileReplacement.write(file, target -> {
                    for (int first = 0; first < count; first += together) {
                        Rows rows = maker.next(first, Math.min(together, count - first));
                        rows.names.forEach(names::add);
                        write(rows.values, target);
                    }
                });
                json.put(SUM, Sha256.of(file));
                JsonFile.write(about, json);
            }
            List<String> names = new ArrayList<>();
            JsonFile.read(about).path(NAMES).forEach(each -> names.add(each.asText()));
            return new RowsFile(file, List.copyOf(names), length);
        } catch (IOException e) {
            throw new Diffusion4jException(String.format(Locale.ROOT, "%s: expected to make it, found %s", file, e), e);
        }
    }

    private static void write(float[] values, FileChannel target) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        while (bytes.hasRemaining()) {
            target.write(bytes);
        }
    }

    private static boolean isWhole(Path file, Path about, String key) {
        if (!Files.exists(file) || !Files.exists(about)) {
            return false;
        }
        ObjectNode json = JsonFile.read(about);
        return json.path(KEY).asText().equals(key) && json.path(SUM).asText().equals(Sha256.of(file));
    }

    /** The names of what has rows, in the rows' order. */
    List<String> names() {
        return names;
    }

    /** Reads a row to a place in an array. */
    void read(long row, float[] values, int offset) {
        ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * length).order(ByteOrder.LITTLE_ENDIAN);
        try {
            while (bytes.hasRemaining()) {
                if (channel.read(bytes, row * bytes.capacity() + bytes.position()) < 0) {
                    throw new IOException("end of the file at row " + row);
                }
            }
        } catch (IOException e) {
            throw new Diffusion4jException(String.format(Locale.ROOT, "%s: expected to read it, found %s", file, e), e);
        }
        bytes.flip().asFloatBuffer().get(values, offset, length);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new Diffusion4jException(file + ": expected to close it, found " + e, e);
        }
    }
}
