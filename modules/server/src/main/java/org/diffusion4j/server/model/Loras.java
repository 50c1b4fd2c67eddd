package org.diffusion4j.server.model;

import static org.diffusion4j.Requirement.requireGiven;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.NearestNames;
import org.diffusion4j.pipeline.prompt.Additions;
import org.diffusion4j.pipeline.prompt.PromptPipeline;

/**
 * The adapters (LoRA and their like) of models that draw by texts. Clients know those of a folder by their names only.
 *
 * @param always what acts on all pictures
 * @param files the files that clients may ask for, by their names for them
 */
public record Loras(Additions always, SortedMap<String, Path> files) {
    /** None. */
    public static final Loras NONE = new Loras(Additions.NONE, new TreeMap<>());

    private static final String ENDING = ".safetensors";
    /** Each is a file that is read for each batch. */
    private static final int MOST = 16;

    /** Keeps a copy. */
    public Loras {
        files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
    }

    /**
     * These and the files of a folder.
     *
     * @param folder has files that end in {@code .safetensors}; what is before that is a file's name for clients
     * @return more adapters
     * @throws Diffusion4jException if there are none, it can't be read, or a name is there already
     */
    public Loras of(Path folder) {
        SortedMap<String, Path> all = new TreeMap<>(files);
        try (Stream<Path> entries = Files.list(folder)) {
            for (Path file : entries.sorted().toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith(ENDING) && Files.isRegularFile(file)) {
                    Path other = all.put(name.substring(0, name.length() - ENDING.length()), file);
                    requireGiven(other == null, "loras", "another name than that of " + other, file);
                }
            }
        } catch (IOException | SecurityException e) {
            throw new Diffusion4jException("loras: expected a folder that can be read, found " + folder, e);
        }
        requireGiven(all.size() > files.size(), "loras", "a folder with files that end in " + ENDING, folder);
        return new Loras(always, all);
    }

    /** Those of them that fit a model; those that always act must. */
    Loras fitting(PromptPipeline pipeline) {
        SortedMap<String, Path> fitting = new TreeMap<>();
        if (!always.equals(Additions.NONE)) {
            pipeline.with(always);
        }
        files.forEach((name, file) -> {
            try {
                pipeline.with(always.lora(file, 1));
                fitting.put(name, file);
            } catch (Diffusion4jException e) {
                // It is one for another model; the server says which adapters fit none.
            }
        });
        return new Loras(always, fitting);
    }

    /**
     * Refuses adapters that aren't there.
     *
     * @throws Diffusion4jException if there are such
     */
    void require(List<DrawRequest.Lora> wanted) {
        requireGiven(wanted.size() <= MOST, "loras", "at most " + MOST, wanted.size());
        for (DrawRequest.Lora lora : wanted) {
            if (!files.containsKey(lora.name())) {
                throw new Diffusion4jException("loras: expected "
                        + (files.isEmpty()
                                ? "none, as the model has none"
                                : NearestNames.either(List.copyOf(files.keySet())))
                        + ", found an unknown one");
            }
        }
    }

    /** A model as wanted adapters change it. */
    PromptPipeline on(PromptPipeline pipeline, List<DrawRequest.Lora> wanted) {
        Additions additions = always;
        for (DrawRequest.Lora lora : wanted) {
            additions = additions.lora(files.get(lora.name()), lora.scale());
        }
        try {
            return additions.equals(Additions.NONE) ? pipeline : pipeline.with(additions);
        } catch (Diffusion4jException e) {
            throw new Diffusion4jException(withoutPlaces(e.getMessage()), e);
        }
    }

    private String withoutPlaces(String message) {
        String without = message;
        for (Map.Entry<String, Path> file : files.entrySet()) {
            without = without.replace(file.getValue().toString(), file.getKey());
        }
        return without;
    }
}
