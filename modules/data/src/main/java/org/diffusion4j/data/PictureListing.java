package org.diffusion4j.data;

import java.util.List;
import org.diffusion4j.Diffusion4jException;

/**
 * The pictures of a place as {@link PictureFolder} finds them, before any is read.
 *
 * @param entries the pictures in the order of their names
 * @param classNames the name of label i at index i; empty if there are no classes
 */
public record PictureListing(List<Entry> entries, List<String> classNames) {
    /**
     * A picture.
     *
     * @param name its name in the store
     * @param label its label; -1 if there are no classes
     */
    public record Entry(String name, int label) {}

    /**
     * Lists the pictures of the split. Only metadata are read.
     *
     * @param store the files
     * @param options the split, and where classes come from
     * @return the pictures that {@link PictureFolder#open(PictureStore, PictureOptions)} would read
     * @throws Diffusion4jException if there are none, or metadata are damaged
     */
    public static PictureListing of(PictureStore store, PictureOptions options) {
        StoreFiles files = StoreFiles.of(store);
        PictureLayout layout = PictureLayout.of(files, options);
        return new PictureListing(
                layout.entries().stream()
                        .map(entry -> new Entry(files.stored().get(entry.name()), (int) entry.label()))
                        .toList(),
                layout.classNames());
    }
}
