package org.diffusion4j.weights.singlefile;

import java.nio.file.Path;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.diffusion4j.weights.tensor.TensorFile;
import org.diffusion4j.weights.torchfile.TorchFile;

/** Opens a file of tensors in one of the two formats that checkpoints have. */
public final class CheckpointFile {
    private CheckpointFile() {}

    /**
     * Opens a file.
     *
     * @param path the file
     * @return its tensors; the caller closes it
     * @throws org.diffusion4j.Diffusion4jException if it can't be read, or is in another format, which the message names
     */
    public static TensorFile open(Path path) {
        return TorchFile.recognises(path) ? TorchFile.open(path) : SafetensorsReader.open(path);
    }
}
