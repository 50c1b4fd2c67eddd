package org.diffusion4j.cli;

import java.nio.file.Path;
import org.diffusion4j.hub.HubClient;
import org.diffusion4j.weights.diffusers.WeightPreference;
import org.diffusion4j.zoo.ModelPlace;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Where a model is on this machine.
 *
 * @param place a folder or file; a model in the zoo's jar stays a name
 * @param preference which of its weights are read
 */
record LocatedModel(String place, WeightPreference preference) {
    /** Finds a model; what is on the hub is fetched, and meanwhile it is shown how far it is. */
    static LocatedModel of(String model, VariantOption variant, CommandSpec command) {
        WeightPreference preference = variant.preference();
        try (FetchProgress progress = FetchProgress.on(command.commandLine().getErr())) {
            ModelPlace place = ModelPlace.of(
                    model, preference, () -> HubClient.ofEnvironment().reporting(progress));
            return new LocatedModel(place.path().map(Path::toString).orElse(model), place.preference());
        }
    }
}
