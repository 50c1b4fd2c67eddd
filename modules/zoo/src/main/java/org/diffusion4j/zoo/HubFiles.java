package org.diffusion4j.zoo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.hub.HubClient;
import org.diffusion4j.hub.HubFile;
import org.diffusion4j.hub.HubName;
import org.diffusion4j.hub.HubSnapshot;
import org.diffusion4j.weights.diffusers.FolderListing;
import org.diffusion4j.weights.diffusers.PartFiles;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.ShardIndex;
import org.diffusion4j.weights.diffusers.WeightChoice;
import org.diffusion4j.weights.diffusers.WeightLayout;
import org.diffusion4j.weights.diffusers.WeightPreference;
import org.diffusion4j.weights.file.JsonFile;

/**
 * Fetches a model from the hub: of a repository's files, only those that are read. Configurations come first, so that a model of an
 * unknown kind is refused before its weights are fetched.
 */
final class HubFiles {
    private static final String MODEL_INDEX = "model_index.json";
    private static final String CONFIG = "config.json";
    private static final String SETTINGS = "diffusion4j.json";
    private static final String MERGES = "merges.txt";

    /** Parts that aren't read: they look at finished pictures, or at pictures in place of a prompt. */
    private static final Set<String> LEFT_OUT = Set.of("safety_checker", "feature_extractor", "image_encoder");

    private final HubName name;
    private final HubSnapshot snapshot;
    private final FolderListing listing;
    private final WeightPreference preference;

    private HubFiles(HubName name, HubSnapshot snapshot) {
        this.name = name;
        this.snapshot = snapshot;
        Set<String> files = new TreeSet<>();
        snapshot.files().stream().map(HubFile::name).forEach(files::add);
        this.listing = new FolderListing(name.toString(), files);
        this.preference = new WeightPreference(name.variant().orElse(null), null);
    }

    /**
     * Fetches a model.
     *
     * @return its folder in the cache, or its only file
     * @throws Diffusion4jException if it can't be fetched, or isn't a model of a known kind
     */
    static Path fetch(HubName name, HubClient hub) {
        HubFiles files = new HubFiles(name, hub.snapshot(name.repository(), name.revision()));
        if (files.listing.has(MODEL_INDEX)) {
            return files.pipeline();
        }
        return files.listing.has(CONFIG) ? files.network() : files.single();
    }

    private Path pipeline() {
        ObjectNode index = JsonFile.read(snapshot.fetch(MODEL_INDEX));
        List<String> parts = parts(index);
        PartFiles chosen = PartFiles.of(listing, parts, preference);
        Set<String> small = new LinkedHashSet<>();
        if (listing.has(SETTINGS)) {
            small.add(SETTINGS);
        }
        parts.forEach(part -> small.addAll(configurations(chosen.place(part))));
        requireKnown(index, snapshot.fetch(small));
        Set<String> weights = new LinkedHashSet<>();
        for (String part : parts) {
            String place = chosen.place(part);
            Optional<WeightLayout> layout = layout(index, part);
            if (layout.isPresent() && listing.has(place + CONFIG)) {
                addWeights(place, chosen.weights(part, layout.get()), weights);
            }
        }
        return snapshot.fetch(weights);
    }

    /** The parts that are read, those of several ControlNets as well. */
    private List<String> parts(ObjectNode index) {
        List<String> parts = new ArrayList<>();
        for (Map.Entry<String, JsonNode> entry : index.properties()) {
            JsonNode value = entry.getValue();
            boolean isPart =
                    value.isArray() && value.size() == 2 && value.get(1).isTextual();
            if (isPart && !LEFT_OUT.contains(entry.getKey())) {
                parts.add(entry.getKey());
            }
        }
        for (int i = 1; parts.contains(PipelineFolder.CONTROLNET) && exists(PipelineFolder.CONTROLNET + "_" + i); i++) {
            parts.add(PipelineFolder.CONTROLNET + "_" + i);
        }
        return parts;
    }

    private boolean exists(String part) {
        return !listing.place(part).isEmpty();
    }

    /** What is in a part's folder beside weights. */
    private List<String> configurations(String place) {
        return listing.names(place).stream()
                .filter(file -> file.equals(MERGES) || (file.endsWith(".json") && !file.contains(".index")))
                .map(file -> place + file)
                .toList();
    }

    private void requireKnown(ObjectNode index, Path folder) {
        if (PipelineFolder.isOne(folder)) {
            PipelineFolder.open(folder);
            return;
        }
        String found = index.path(PipelineFolder.UNET).path(1).asText("nothing");
        if (!found.equals("UNet2DModel")) {
            throw new Diffusion4jException(name + ", " + MODEL_INDEX
                    + ", 'unet': expected UNet2DModel or UNet2DConditionModel, found " + found + " in "
                    + index.path("_class_name").asText());
        }
    }

    private static Optional<WeightLayout> layout(ObjectNode index, String part) {
        String of = part.startsWith(PipelineFolder.CONTROLNET) ? PipelineFolder.CONTROLNET : part;
        String library = index.path(of).path(0).asText();
        return Stream.of(WeightLayout.values())
                .filter(each -> each.library().equals(library))
                .findFirst();
    }

    private void addWeights(String place, WeightChoice choice, Set<String> weights) {
        weights.add(place + choice.file());
        if (choice.sharded()) {
            Path index = snapshot.fetch(place + choice.file());
            ShardIndex.read(index, choice.format()).shards().keySet().forEach(shard -> weights.add(place + shard));
        }
    }

    private Path network() {
        Set<String> files = new LinkedHashSet<>(configurations(""));
        WeightLayout layout = WeightChoice.find(listing.names(""), WeightLayout.TRANSFORMERS, preference)
                                .isPresent()
                        && WeightChoice.find(listing.names(""), WeightLayout.DIFFUSERS, preference)
                                .isEmpty()
                ? WeightLayout.TRANSFORMERS
                : WeightLayout.DIFFUSERS;
        addWeights("", WeightChoice.of(name.toString(), listing.names(""), layout, preference), files);
        return snapshot.fetch(files);
    }

    private Path single() {
        List<String> found = listing.names("").stream()
                .filter(file -> file.endsWith(".safetensors") || file.endsWith(".ckpt"))
                .toList();
        if (found.size() != 1) {
            throw new Diffusion4jException(name + ": expected " + MODEL_INDEX + ", " + CONFIG
                    + " or one file of weights, found "
                    + (found.isEmpty() ? "none of them" : String.join(", ", found)));
        }
        return snapshot.fetch(found.get(0));
    }
}
