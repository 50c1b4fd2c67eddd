package org.diffusion4j.spark.training;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.commons.io.file.PathUtils;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;

/**
 * A model on its way to the executors: the files of its folder.
 *
 * @param contents by path in the folder, with {@code /} between names; each in pieces, as one of Java's arrays ends at 2 GB
 */
record ModelFiles(Map<String, List<byte[]>> contents) implements Serializable {
    private static final int CHUNK = 1 << 26;

    /** Writes a model to a folder of its own, and reads the files. */
    static ModelFiles of(DiffusersModel model) {
        Path folder = newFolder();
        try {
            DiffusersFolder.write(folder, model);
            Map<String, List<byte[]>> contents = new TreeMap<>();
            try (Stream<Path> tree = Files.walk(folder)) {
                for (Path file : tree.filter(Files::isRegularFile).toList()) {
                    contents.put(folder.relativize(file).toString().replace('\\', '/'), chunks(file));
                }
            }
            return new ModelFiles(contents);
        } catch (IOException | UncheckedIOException e) {
            throw new Diffusion4jException(folder + ": expected to read the model's files, found " + e, e);
        } finally {
            delete(folder);
        }
    }

    private static List<byte[]> chunks(Path file) throws IOException {
        List<byte[]> chunks = new ArrayList<>();
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            for (byte[] chunk = in.readNBytes(CHUNK); chunk.length > 0; chunk = in.readNBytes(CHUNK)) {
                chunks.add(chunk);
            }
        }
        return chunks;
    }

    /** Writes the files to a new folder of this machine, which the caller {@linkplain #delete deletes}. */
    Path write() {
        Path folder = newFolder();
        try {
            for (Map.Entry<String, List<byte[]>> file : contents.entrySet()) {
                Path place = folder.resolve(file.getKey());
                Files.createDirectories(place.getParent());
                try (OutputStream out = Files.newOutputStream(place)) {
                    for (byte[] chunk : file.getValue()) {
                        out.write(chunk);
                    }
                }
            }
            return folder;
        } catch (IOException e) {
            delete(folder);
            throw new Diffusion4jException(folder + ": expected to write the model there, found " + e, e);
        }
    }

    private static Path newFolder() {
        try {
            return Files.createTempDirectory("diffusion4j-model");
        } catch (IOException e) {
            throw new Diffusion4jException(
                    System.getProperty("java.io.tmpdir") + ": expected to make a folder there, found " + e, e);
        }
    }

    /** Deletes what {@link #write} made; what can't be deleted stays, as nobody depends on it. */
    static void delete(Path folder) {
        try {
            PathUtils.deleteDirectory(folder);
        } catch (IOException e) {
            folder.toFile().deleteOnExit();
        }
    }
}
