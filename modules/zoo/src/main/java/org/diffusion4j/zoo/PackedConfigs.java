package org.diffusion4j.zoo;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.weights.diffusers.ComponentFolder;
import org.diffusion4j.weights.diffusers.UNetConfigJson;

/** The configurations of public networks, which are packed in the jar. */
final class PackedConfigs {
    private PackedConfigs() {}

    static UNetConfig unet2d(String name) {
        return UNetConfigJson.parse(text(name));
    }

    static NetworkConfig component(String name) {
        return ComponentFolder.parseConfig(text(name));
    }

    private static String text(String name) {
        try (InputStream in = PackedConfigs.class.getResourceAsStream("configs/" + name + ".json")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
