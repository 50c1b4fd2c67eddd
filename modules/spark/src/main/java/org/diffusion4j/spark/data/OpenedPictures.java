package org.diffusion4j.spark.data;

import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.diffusion4j.data.PictureSource;

/** The pictures that this JVM's tasks have open. They share them, and what none uses any more is forgotten. */
final class OpenedPictures {
    private static final Map<String, WeakReference<PictureSource>> OPEN = new HashMap<>();

    private OpenedPictures() {}

    /**
     * Opens pictures, or gives those that are open.
     *
     * @param id of the opener, the same in all JVMs
     * @param opening reads them; other tasks wait for it
     */
    static synchronized PictureSource of(String id, Supplier<PictureSource> opening) {
        OPEN.values().removeIf(each -> each.get() == null);
        WeakReference<PictureSource> known = OPEN.get(id);
        PictureSource open = known == null ? null : known.get();
        if (open == null) {
            open = opening.get();
            OPEN.put(id, new WeakReference<>(open));
        }
        return open;
    }
}
