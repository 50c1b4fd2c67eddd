package org.diffusion4j.data;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * A folder of pictures in a place that isn't a folder of this machine, such as a distributed file system. {@link
 * PictureFolder#open(PictureStore, PictureOptions)} reads it like a folder with these files.
 */
public interface PictureStore {
    /**
     * The place.
     *
     * @return the folder's path or address, for messages
     */
    String place();

    /**
     * All files.
     *
     * @return paths relative to the folder, with slashes, in any order
     */
    List<String> names();

    /**
     * The folders in it, which includes empty ones.
     *
     * @return paths relative to the folder, with slashes; may be empty where folders exist only by their files
     */
    default List<String> folders() {
        return List.of();
    }

    /**
     * Opens a file. Several threads may do so at once.
     *
     * @param name one of {@link #names()}
     * @return its bytes, to be closed by the caller
     * @throws IOException if it can't be read; the picture counts as broken
     */
    InputStream open(String name) throws IOException;
}
