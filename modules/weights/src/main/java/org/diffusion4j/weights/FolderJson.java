package org.diffusion4j.weights;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * The JSON files that a model came with, so that what only others know in them (further keys, old spellings, the version
 * that wrote them) is there when it is written back.
 */
public final class FolderJson {
    /** For a model that comes from no folder. */
    static final FolderJson NONE = new FolderJson(null, null, null, null, List.of());

    private final ObjectNode modelIndex;
    private final ObjectNode unet;
    private final ObjectNode scheduler;
    private final ObjectNode settings;
    private final List<String> notes;

    /**
     * Each is null where there is no such file.
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
