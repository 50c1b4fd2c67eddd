package org.diffusion4j.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetShape;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The size of a network that is trained from the beginning. */
final class NewNetworkOptions {
    private static final List<Integer> WIDTHS = List.of(32, 64, 64);
    private static final int LAYERS = 2;
    private static final int HEAD_WIDTH = 32;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--config",
            paramLabel = "FOLDER",
            description = "A folder with a config.json and no weights: a new network with those options.")
    private Path config;

    @Option(
            names = "--widths",
            paramLabel = "W,…",
            split = ",",
            hideParamSyntax = true,
            description = "Channels, level by level; each level halves the size (default: 32,64,64).")
    private List<Integer> widths;

    @Option(
            names = "--attention",
            paramLabel = "H,…",
            split = ",",
            hideParamSyntax = true,
            description =
                    "Heights, in pixels, of the levels with self-attention, such as 16,8; 0 for none but in the middle"
                            + " (default: the last level's).")
    private List<Integer> attention;

    @Option(
            names = "--layers",
            paramLabel = "N",
            description = "Residual blocks in each level (default: " + LAYERS + ").")
    private Integer layers;

    @Option(
            names = "--dropout",
            paramLabel = "P",
            description = "Share of activations that are dropped in training, 0 to 1 (default: 0).")
    private Double dropout;

    /** The names of the given options. */
    private String given() {
        return config != null
                ? "--config"
                : widths != null
                        ? "--widths"
                        : attention != null
                                ? "--attention"
                                : layers != null ? "--layers" : dropout != null ? "--dropout" : null;
    }

    /** Refuses these options if a model is trained further, since they would have no effect. */
    void requireNone() {
        if (given() != null) {
            throw new ParameterException(
                    command.commandLine(), given() + ": expected a new network, found --model, which has its own");
        }
    }

    /** The size in the given configuration; null if none is given. */
    SampleSize size() {
        return config == null ? null : read().sampleSize();
    }

    /** Whether a configuration is given and is for grey pictures. */
    boolean isGrey() {
        return config != null && read().inChannels() == 1;
    }

    /**
     * The network's options.
     *
     * @throws IllegalArgumentException whose message begins with the option's name
     */
    UNetConfig config(SampleSize size, int channels) {
        if (config != null) {
            if (widths != null || attention != null || layers != null || dropout != null) {
                throw new ParameterException(
                        command.commandLine(), "--config: expected no other option of the network beside it");
            }
            return read();
        }
        return shape(size).config(size, channels).toBuilder()
                .dropout(dropout == null ? 0 : dropout)
                .build();
    }

    /** The shape of a new network that reads texts, which has no dropout. */
    UNetShape shapeOfReader(SampleSize size) {
        if (config != null || dropout != null) {
            throw new ParameterException(
                    command.commandLine(),
                    (config != null ? "--config" : "--dropout") + ": expected none with --text, found one");
        }
        return shape(size);
    }

    /**
     * The shape of a new network.
     *
     * @throws IllegalArgumentException whose message begins with the option's name
     */
    private UNetShape shape(SampleSize size) {
        List<Integer> channelsByLevel = widths == null ? WIDTHS : widths;
        int lastHeight = size.height() >> (channelsByLevel.size() - 1);
        List<Integer> heights =
                attention == null ? List.of(lastHeight) : attention.equals(List.of(0)) ? List.of() : attention;
        return new UNetShape(channelsByLevel, heights, layers == null ? LAYERS : layers, HEAD_WIDTH);
    }

    private UNetConfig read() {
        return DiffusersFolder.readConfig(config)
                .orElseThrow(() -> new Diffusion4jException(String.format(
                        Locale.ROOT,
                        "--config: expected a folder with a config.json and no weights, found '%s'",
                        config)));
    }
}
