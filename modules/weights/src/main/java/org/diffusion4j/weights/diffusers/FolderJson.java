package org.diffusion4j.weights.diffusers;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * The JSON files that a model was read from. They are kept so that further keys, old spellings and the version that wrote
 * them are still there when the model is written back.
 */
public final class FolderJson {
    /** For a model that wasn't read from a folder. */
    static final FolderJson NONE = new FolderJson(null, null, null, null, List.of());

    private final ObjectNode modelIndex;
    private final ObjectNode unet;
    private final ObjectNode scheduler;
    private final ObjectNode settings;
    private final List<String> notes;

    /**
     * Each object is null if there is no such file.
     *
     * @param notes what was noticed while they were read
     */
    FolderJson(ObjectNode modelIndex, ObjectNode unet, ObjectNode scheduler, ObjectNode settings, List<String> notes) {
        this.modelIndex = modelIndex;
        this.unet = unet;
        this.scheduler = scheduler;
        this.settings = settings;
        this.notes = notes;
    }

    List<String> notes() {
        return notes;
    }

    ObjectNode modelIndex() {
        return modelIndex;
    }

    ObjectNode unet() {
        return unet;
    }

    ObjectNode scheduler() {
        return scheduler;
    }

    ObjectNode settings() {
        return settings;
    }
}
