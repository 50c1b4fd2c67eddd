package org.diffusion4j.pipeline.prompt;

import static org.diffusion4j.Requirement.requireGiven;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.text.ClipTokenizer;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.FolderContent;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineFolderWriter;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.diffusion4j.weights.diffusers.TokenizerPlace;

/** Writes a pipeline's parts as a folder in diffusers' layout, whose weights keep their types and their bits. */
public final class PipelineExport {
    private PipelineExport() {}

    /**
     * Writes a folder. Weights are read when they are written.
     *
     * @param folder the folder to make or to write into; as with {@link PipelineFolderWriter#write}
     * @param pipeline the pipeline, in a folder or in a single file
     * @return how many parameters its networks have
     * @throws org.diffusion4j.Diffusion4jException if something can't be read or written
     */
    public static long write(Path folder, PipelineParts pipeline) {
        int controls = pipeline.controlNets().size();
        requireGiven(controls <= 1, pipeline.place().toString(), "at most one ControlNet to export", controls);
        PipelineFolderWriter writer = new PipelineFolderWriter(pipeline.className())
                .settings(pipeline.settings())
                .forcesZeros(pipeline.forcesZeros());
        if (!pipeline.has(PipelineFolder.VAE)) {
            writer.withoutAutoencoder();
        }
        List<Component<?>> open = new ArrayList<>();
        try {
            for (String part : pipeline.parts().keySet()) {
                if (pipeline.isNetwork(part)) {
                    add(writer, pipeline, part, open);
                } else if (part.equals(PipelineFolder.SCHEDULER)) {
                    writer.scheduler(pipeline.scheduler());
                } else {
                    writer.tokenizer(part, files(pipeline.tokenizer(part)));
                }
            }
            writer.write(folder);
            return open.stream().mapToLong(Component::parameterCount).sum();
        } finally {
            open.forEach(Component::close);
        }
    }

    private static void add(PipelineFolderWriter writer, PipelineParts pipeline, String part, List<Component<?>> open) {
        Component<NetworkConfig> network = pipeline.network(part, NetworkConfig.class);
        open.add(network);
        writer.network(part, network.config(), network.tensors());
    }

    private static FolderContent files(TokenizerPlace place) {
        return place instanceof TokenizerPlace.InFolder files
                ? target -> copy(files.folder(), target)
                : target -> ClipTokenizer.writePacked(target, ((TokenizerPlace.Packed) place).padToken());
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }
}
