package org.diffusion4j.server.model;

import java.nio.file.Path;
import java.util.Optional;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.hub.HubClient;
import org.diffusion4j.weights.adm.AdmModel;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.diffusers.WeightPreference;
import org.diffusion4j.weights.singlefile.PipelineFiles;
import org.diffusion4j.weights.singlefile.SingleFileOptions;
import org.diffusion4j.zoo.ModelPlace;
import org.diffusion4j.zoo.Zoo;

/**
 * Where a model is that a server is to have.
 *
 * @param name what clients call it
 * @param place its folder or file; a model in the zoo's jar has its name here
 * @param preference which of its weights are read
 */
public record FoundModel(String name, String place, WeightPreference preference) {
    /**
     * Finds a model; what is on the hub is fetched.
     *
     * @param given a name of the zoo, a folder or file, or {@code hf:owner/name}
     * @return the model under its own name
     * @throws Diffusion4jException if it can't be fetched
     */
    public static FoundModel of(String given) {
        return of(given, ModelPlace.of(given, HubClient::ofEnvironment));
    }

    /**
     * A model that is found already.
     *
     * @param given what a user calls it
     * @param place where it is
     * @return the model under its own name: what is behind the last slash of the given one
     */
    public static FoundModel of(String given, ModelPlace place) {
        Optional<Path> path = place.path();
        return new FoundModel(name(given, path), path.map(Path::toString).orElse(given), place.preference());
    }

    private static String name(String given, Optional<Path> path) {
        if (given.startsWith("hf:") || path.isEmpty()) {
            return given.replaceFirst("[@#].*", "").replaceFirst(".*[/:]", "");
        }
        Path file = path.get().toAbsolutePath().normalize().getFileName();
        // A name of the zoo whose files are in the hub's cache stays a name.
        return given.contains("/")
                        || Path.of(given)
                                .toAbsolutePath()
                                .normalize()
                                .equals(path.get().toAbsolutePath().normalize())
                ? String.valueOf(file).replaceFirst("\\.(safetensors|ckpt)$", "")
                : given;
    }

    private static Painter adm(AdmModel model, Computing computing) {
        try {
            return AdmPainter.of(model, computing);
        } catch (Diffusion4jException e) {
            model.close();
            throw e;
        }
    }

    Painter open(Computing computing, Loras loras) {
        Path path = Path.of(place);
        if (PipelineFiles.isOne(path)) {
            return TextPainter.of(PipelineFiles.open(path, SingleFileOptions.NONE, preference), computing, loras);
        }
        if (AdmModel.isOne(path)) {
            return adm(AdmModel.open(path, null), computing);
        }
        DiffusersModel model = Zoo.find(place, preference);
        try {
            return ClassPainter.of(model, computing);
        } catch (Diffusion4jException e) {
            model.close();
            throw e;
        }
    }
}
