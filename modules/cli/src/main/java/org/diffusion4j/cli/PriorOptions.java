package org.diffusion4j.cli;

import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of pictures that keep a model from forgetting what it draws already. */
final class PriorOptions {
    static final String PRIOR = "--prior";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = PRIOR,
            paramLabel = "FOLDER",
            description =
                    "Pictures of what the model knows already and must not forget, such as other dogs than the one of --data; as many"
                            + " of them as of those are learned in each step (DreamBooth's prior preservation).")
    private Path folder;

    @Option(
            names = "--prior-caption",
            paramLabel = "TEXT",
            description = "Caption of the prior pictures that have none, such as \"a photo of a dog\".")
    private String caption;

    @Option(
            names = "--prior-weight",
            paramLabel = "W",
            description = "How much the prior pictures' loss counts beside that of the others (default: 1).")
    private Double weight;

    @Option(
            names = "--prior-images",
            paramLabel = "N",
            description =
                    "Draw pictures of --prior-caption with the model, before it learns, until the folder has so many (default: 0).")
    private Integer images;

    /** The folder; null if there are no prior pictures. */
    Path folder() {
        return folder;
    }

    /** The caption of pictures without one; null if there is none. */
    String caption() {
        return caption;
    }

    double weight() {
        return weight == null ? 1 : weight;
    }

    int images() {
        return images == null ? 0 : images;
    }

    /** The first option that is given; null if none is. */
    String given() {
        return folder != null
                ? PRIOR
                : caption != null
                        ? "--prior-caption"
                        : weight != null ? "--prior-weight" : images != null ? "--prior-images" : null;
    }

    /** Refuses what has no effect, or no meaning. */
    void check() {
        if (folder == null && given() != null) {
            throw fault(given() + ": expected --prior beside it, found none");
        }
        if (images != null && images < 1) {
            throw fault("--prior-images: expected at least 1, found " + images);
        }
        if (images != null && caption == null) {
            throw fault("--prior-images: expected --prior-caption beside it, found none");
        }
        if (!(weight() >= 0 && Double.isFinite(weight()))) {
            throw fault("--prior-weight: expected a number from 0 on, found " + weight());
        }
    }

    private ParameterException fault(String message) {
        return new ParameterException(command.commandLine(), message);
    }
}
