package org.diffusion4j.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.weights.diffusers.UNetConfigJson;

/** What is measured: a network, with random weights, and the batches that it is given. */
enum MeasuredNetwork {
    /** 1.6 million parameters, 32×32 grey; 0.72 GFLOP an image. */
    SMALL(1, 16),
    /** 35.7 million parameters, 32×32 RGB: the CIFAR-10 network of Ho et al. 2020; 12.4 GFLOP an image. */
    CIFAR(1, 8),
    /** 113.7 million parameters, 256×256 RGB: google/ddpm-celebahq-256; 497 GFLOP an image. */
    CELEBAHQ(1);

    private final List<Integer> batches;

    MeasuredNetwork(Integer... batches) {
        this.batches = List.of(batches);
    }

    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    List<Integer> batches() {
        return batches;
    }

    UNetConfig config() {
        String name = key() + "/config.json";
        try (InputStream json = MeasuredNetwork.class.getResourceAsStream(name)) {
            return UNetConfigJson.parse(new String(json.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(name, e);
        }
    }
}
