package org.diffusion4j.weights.tensor;

import java.nio.file.Path;
import java.util.Set;

/**
 * An open file of named tensors, whatever its format. The tensors stay in the file until they are read, which several threads
 * may do at once; they can't be read any more when the file is closed.
 */
public interface TensorFile extends AutoCloseable {
    /**
     * The file, for messages.
     *
     * @return its path
     */
    Path path();

    /**
     * The tensors' names.
     *
     * @return names in the file's order
     */
    Set<String> names();

    /**
     * A tensor that is still in the file.
     *
     * @param name one of the names
     * @return the tensor
     * @throws org.diffusion4j.Diffusion4jException if there is no such tensor
     */
    FileTensor tensor(String name);

    @Override
    void close();
}
