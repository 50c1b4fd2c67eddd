package org.diffusion4j.weights.singlefile;

import static org.diffusion4j.Requirement.require;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.diffusion4j.weights.diffusers.WeightPreference;
import org.diffusion4j.weights.torchfile.TorchFile;

/** Opens pipelines of the Stable Diffusion family in a folder or in a single file. */
public final class PipelineFiles {
    private PipelineFiles() {}

    /**
     * Whether a path is that of such a pipeline.
     *
     * @param path any path
     * @return true for a folder whose U-Net reads a text, and for a file that is named or begins like a checkpoint
     */
    public static boolean isOne(Path path) {
        return isCheckpoint(path) || PipelineFolder.isOne(path);
    }

    /** Whether it is a checkpoint by its name, which then says what is expected of it, or by its content. */
    private static boolean isCheckpoint(Path path) {
        if (!Files.isRegularFile(path)) {
            return false;
        }
        String name = path.getFileName().toString().toLowerCase(Locale.ROOT);
        return name.endsWith(".safetensors") || name.endsWith(".ckpt") || TorchFile.recognises(path);
    }

    /**
     * Opens a pipeline, of a single file without special options.
     *
     * @param path a folder with {@code model_index.json}, or a file
     * @return the pipeline's parts
     * @throws org.diffusion4j.Diffusion4jException if a part is missing or wrong; the message names it
     */
    public static PipelineParts open(Path path) {
        return open(path, SingleFileOptions.NONE);
    }

    /**
     * Opens a pipeline.
     *
     * @param path a folder with {@code model_index.json}, or a file
     * @param options what a single file doesn't say
     * @return the pipeline's parts
     * @throws org.diffusion4j.Diffusion4jException if a part is missing or wrong; the message names it
     * @throws IllegalArgumentException if there are options for a folder, which says all that itself
     */
    public static PipelineParts open(Path path, SingleFileOptions options) {
        return open(path, options, WeightPreference.USUAL);
    }

    /**
     * Opens a pipeline of whose weights there may be several files.
     *
     * @param path a folder with {@code model_index.json}, or a file
     * @param options what a single file doesn't say
     * @param preference which weights of a folder are wanted
     * @return the pipeline's parts
     * @throws org.diffusion4j.Diffusion4jException if a part is missing or wrong, or a variant of a file is wanted
     * @throws IllegalArgumentException if there are options for a folder, which says all that itself
     */
    public static PipelineParts open(Path path, SingleFileOptions options, WeightPreference preference) {
        if (Files.isRegularFile(path)) {
            if (preference.variant() != null) {
                throw new Diffusion4jException(
                        "variant: expected a folder, which may have several files, found the file " + path);
            }
            return SingleFilePipeline.open(path, options);
        }
        require(options.equals(SingleFileOptions.NONE), "options", "none for a folder", options);
        return PipelineFolder.open(path, preference);
    }
}
