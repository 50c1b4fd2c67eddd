package org.diffusion4j.spark.sampling;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileSystem;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.hub.HubClient;
import org.diffusion4j.spark.HadoopSettings;
import org.diffusion4j.weights.file.Sha256;
import org.diffusion4j.weights.singlefile.PipelineFiles;
import org.diffusion4j.zoo.ModelPlace;

/**
 * A model that every executor finds by itself.
 *
 * @param name a model of the zoo, {@code hf:OWNER/NAME} on the hub, a folder that each machine has, or one on a Hadoop file system by its
 *     address, such as {@code s3a://bucket/model}
 * @param hadoop the file systems' settings
 */
record BulkModel(String name, HadoopSettings hadoop) implements Serializable {
    private static final Pattern ADDRESS = Pattern.compile("[a-zA-Z][a-zA-Z0-9+.-]+:/.*");

    /**
     * A model on this machine.
     *
     * @param name what the zoo finds it by
     * @param path its folder or file; empty if it is in the zoo's jar
     */
    record Local(String name, Optional<Path> path) {
        /** Whether it draws by text. */
        boolean isOfPrompts() {
            return path.filter(PipelineFiles::isOne).isPresent();
        }

        /** The SHA-256 sums of its files by name; none for a model in the zoo's jar. */
        SortedMap<String, String> sums() {
            SortedMap<String, String> sums = new TreeMap<>();
            path.ifPresent(place -> {
                try (Stream<Path> tree = Files.walk(place)) {
                    tree.filter(Files::isRegularFile)
                            .forEach(file -> sums.put(
                                    file.equals(place)
                                            ? place.getFileName().toString()
                                            : place.relativize(file).toString().replace('\\', '/'),
                                    Sha256.of(file)));
                } catch (IOException | UncheckedIOException e) {
                    throw new Diffusion4jException(place + ": expected to read the model's files, found " + e, e);
                }
            });
            return sums;
        }

        /** Refuses files that aren't those with which the job began. */
        void require(Map<String, String> sums) {
            sums().forEach((file, sum) -> {
                String expected = sums.getOrDefault(file, sum);
                if (!expected.equals(sum)) {
                    throw new Diffusion4jException(String.format(
                            Locale.ROOT,
                            "%s, %s: expected the file that the job began with (SHA-256 %s), found %s",
                            name,
                            file,
                            expected,
                            sum));
                }
            });
        }
    }

    /** Finds the model; what is on a hub or a Hadoop file system is fetched. */
    Local local() {
        if (ADDRESS.matcher(name).matches()) {
            Path copy = copied();
            return new Local(copy.toString(), Optional.of(copy));
        }
        Optional<Path> path = ModelPlace.of(name, HubClient::ofEnvironment).path();
        return new Local(path.map(Path::toString).orElse(name), path);
    }

    private Path copied() {
        org.apache.hadoop.fs.Path from = new org.apache.hadoop.fs.Path(name);
        try {
            FileSystem files = from.getFileSystem(hadoop.configuration());
            if (!files.exists(from)) {
                throw new Diffusion4jException("model: expected a folder or file, found nothing at " + name);
            }
            Path folder = Files.createTempDirectory("diffusion4j-model");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
            Path place = folder.resolve(from.getName());
            files.copyToLocalFile(false, from, new org.apache.hadoop.fs.Path(place.toUri()), true);
            return place;
        } catch (IOException e) {
            throw new Diffusion4jException(name + ": expected to read the model, found " + e, e);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> tree = Files.walk(folder)) {
            tree.sorted((one, other) -> other.compareTo(one))
                    .forEach(path -> path.toFile().delete());
        } catch (IOException | UncheckedIOException e) {
            return; // what stays is in the folder for temporary files
        }
    }
}
