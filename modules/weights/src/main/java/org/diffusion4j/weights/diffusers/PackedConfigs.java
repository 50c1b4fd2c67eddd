package org.diffusion4j.weights.diffusers;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.weights.file.JsonFile;

/** The configurations of public models' networks and schedulers, which are packed in the jar. */
public final class PackedConfigs {
    private PackedConfigs() {}

    /**
     * The options of a U-Net that draws by classes.
     *
     * @param name the packed file's name without its end, such as {@code ddpm-256}
     * @return the options
     * @throws IllegalArgumentException if there is no such file
     */
    public static UNetConfig unet2d(String name) {
        return UNetConfigJson.parse(json(name).toString());
    }

    /**
     * The options of a component of a pipeline.
     *
     * @param name the packed file's name without its end, such as {@code sd15-unet}
     * @return the options
     * @throws IllegalArgumentException if there is no such file
     */
    public static ComponentConfig<?> component(String name) {
        return component(name, Map.of());
    }

    /**
     * The options of a component of a pipeline, some of which are changed.
     *
     * @param name the packed file's name without its end, such as {@code sd15-unet}
     * @param numbers numbers to replace by their keys
     * @return the options
     * @throws IllegalArgumentException if there is no such file
     */
    public static ComponentConfig<?> component(String name, Map<String, Integer> numbers) {
        ObjectNode json = json(name);
        numbers.forEach(json::put);
        return ComponentFolder.config(file(name), json);
    }

    /**
     * The keys of a scheduler, from which any kind of scheduler can be made.
     *
     * @param name the packed file's name without its end, such as {@code sd15-scheduler}
     * @return values by key
     * @throws IllegalArgumentException if there is no such file
     */
    public static Map<String, Object> schedulerKeys(String name) {
        return SchedulerConfigJson.keys(json(name));
    }

    /**
     * A scheduler.
     *
     * @param name the packed file's name without its end, such as {@code sd15-scheduler}
     * @return its configuration
     * @throws IllegalArgumentException if there is no such file
     */
    public static SchedulerConfig scheduler(String name) {
        return SchedulerConfigJson.read(file(name), json(name));
    }

    private static Path file(String name) {
        return Path.of(name + ".json");
    }

    private static ObjectNode json(String name) {
        try (InputStream in = PackedConfigs.class.getResourceAsStream("configs/" + file(name))) {
            if (in == null) {
                throw new IllegalArgumentException("name: expected a packed configuration, found " + name);
            }
            return JsonFile.read(file(name), in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
