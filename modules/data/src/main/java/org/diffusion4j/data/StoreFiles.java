package org.diffusion4j.data;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The files of a store.
 *
 * @param stored the store's own name of each file, by its composed one
 * @param names the composed names, sorted
 */
record StoreFiles(PictureStore store, Map<String, String> stored, List<String> names) implements PictureFiles {
    static StoreFiles of(PictureStore store) {
        Map<String, String> stored = new HashMap<>();
        List<String> names = new ArrayList<>();
        for (String own : store.names()) {
            String name = PictureFiles.name(own);
            names.add(name);
            stored.put(name, own);
        }
        return new StoreFiles(store, stored, PictureFiles.sorted(store.place(), names));
    }

    @Override
    public String place() {
        return store.place();
    }

    @Override
    public List<String> folders() {
        return store.folders().stream().map(PictureFiles::name).toList();
    }

    @Override
    public void read(Set<String> wanted, Reader reader) throws InterruptedException {
        for (String name : names) {
            if (wanted.contains(name)) {
                reader.file(name, 0, () -> {
                    try (InputStream in = store.open(stored.get(name))) {
                        return PictureFiles.all(in);
                    }
                });
            }
        }
    }
}
