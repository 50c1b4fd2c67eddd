package org.diffusion4j.zoo;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.deeplearning4j.zoo.ZooModel;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.NearestNames;
import org.diffusion4j.hub.HubClient;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.diffusers.WeightPreference;

/** Finds models by name. */
public final class Zoo {
    private Zoo() {}

    /**
     * The models of the zoo.
     *
     * @return its entries
     */
    public static List<PackedZooModel> models() {
        return List.of(new DdpmMnist(), new DdpmMnistFast(), new DdpmCifar10Small(), new DdpmCifar10Fast());
    }

    /**
     * The models of the zoo that draw by text.
     *
     * @return their entries
     */
    public static List<PackedPipelineModel> pipelines() {
        return List.of(new Emoji32());
    }

    /**
     * Models that draw by text, whose weights are on the hub.
     *
     * @return their entries
     */
    public static List<HubPipelineModel> hubPipelines() {
        return List.of(
                new StableDiffusion15(),
                new StableDiffusionInpainting(),
                new StableDiffusion21(),
                new SdTurbo(),
                new StableDiffusionXl(),
                new SdxlTurbo(),
                new LcmDreamshaper(),
                new TinySd(),
                new SmallSd(),
                new Ssd1b());
    }

    /**
     * Models that draw by classes or by none, whose weights are on the hub.
     *
     * @return their entries
     */
    public static List<HubUNetModel> hubModels() {
        return List.of(
                new DdpmCifar10(), new DdpmCat256(), new DdpmChurch256(), new DdpmBedroom256(), new DdpmCelebAHq256());
    }

    /**
     * Finds a model of the zoo, in a folder or on the hub.
     *
     * @param nameOrFolder the name of a model of the zoo, a diffusers folder of a pipeline or a single U-Net, or {@code
     *     hf:owner/name[@revision]}, which is fetched as the environment says
     * @return the model
     * @throws Diffusion4jException if there is none, it can't be fetched, or something is wrong with the folder
     */
    public static DiffusersModel find(String nameOrFolder) {
        return find(nameOrFolder, WeightPreference.USUAL);
    }

    /**
     * Finds a model of whose weights there may be several files.
     *
     * @param nameOrFolder as above
     * @param preference which weights are wanted
     * @return the model
     * @throws Diffusion4jException as above, or if there are no such weights, or a variant of a model in the zoo's jar is wanted
     */
    public static DiffusersModel find(String nameOrFolder, WeightPreference preference) {
        for (PackedZooModel entry : models()) {
            if (entry.modelName().equals(nameOrFolder)) {
                ModelPlace.requireNoVariant(nameOrFolder, preference);
                return entry.model();
            }
        }
        ModelPlace place = ModelPlace.of(nameOrFolder, preference, HubClient::ofEnvironment);
        Path folder = place.path().orElseGet(() -> Path.of(nameOrFolder));
        if (!Files.isDirectory(folder)) {
            String question = NearestNames.question(nameOrFolder, names());
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "model: expected a folder, a file, one of the zoo (%s), or hf:owner/name on the hub, found %s'%s'%s",
                    String.join(", ", packedNames()),
                    Files.exists(folder) ? "the file " : "",
                    nameOrFolder,
                    question.isEmpty() ? "" : "; " + question));
        }
        return DiffusersFolder.read(folder, place.preference());
    }

    /**
     * The names of the models whose weights are in the zoo's jar.
     *
     * @return those of {@link #models()}, then those of {@link #pipelines()}
     */
    public static List<String> packedNames() {
        return Stream.concat(models().stream(), pipelines().stream())
                .map(ZooModel::modelName)
                .toList();
    }

    /** The names of all models, those in the jar first. */
    private static List<String> names() {
        List<String> names = new ArrayList<>(packedNames());
        names.addAll(ModelPlace.repositories().keySet());
        return names;
    }
}
