package org.diffusion4j.spark.data;

import java.io.Serializable;
import org.diffusion4j.data.PictureSource;

/** Opens pictures in the JVM that reads them: the driver's, and each executor's. It is sent to them by Java's serialisation. */
@FunctionalInterface
public interface PictureOpener extends Serializable {
    /**
     * Opens the pictures.
     *
     * @return the same pictures in the same order wherever it is called
     * @throws org.diffusion4j.Diffusion4jException if they can't be read there
     */
    PictureSource open();
}
