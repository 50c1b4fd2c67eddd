package org.diffusion4j.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.diffusion4j.diffusion.respaced.Respacing;
import org.diffusion4j.weights.adm.AdmModel;
import org.diffusion4j.weights.adm.AdmPreset;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** How pictures are drawn with a network of guided-diffusion. */
final class AdmOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--classifier",
            paramLabel = "FILE",
            description = "A classifier of guided-diffusion, whose gradient guides the pictures to their classes.")
    private Path classifier;

    @Option(
            names = "--classifier-preset",
            paramLabel = "PRESET",
            converter = PresetOption.Word.class,
            completionCandidates = PresetOption.Words.class,
            description = "Which one it is, where no config.json beside it says so.")
    private AdmPreset classifierPreset;

    @Option(
            names = "--classifier-scale",
            paramLabel = "S",
            description = "How strongly the classifier guides; 0 is not at all (default: 1).")
    private Double classifierScale;

    @Option(
            names = "--respacing",
            paramLabel = "TEXT",
            converter = Timesteps.class,
            description =
                    "Which timesteps a network of guided-diffusion visits, in its own notation: 250, ddim25 or 10,10,20 (default:"
                            + " 250 steps, or as many as --steps says).")
    private Respacing respacing;

    @Option(
            names = "--low-res",
            paramLabel = "FILE",
            description = "The picture that an upsampler of guided-diffusion enlarges.")
    private Path lowRes;

    /** Reads a respacing. */
    static final class Timesteps implements ITypeConverter<Respacing> {
        @Override
        public Respacing convert(String value) {
            try {
                return Respacing.parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage().replaceFirst("^respacing: ", ""));
            }
        }
    }

    Respacing respacing() {
        return respacing;
    }

    Path lowRes() {
        return lowRes;
    }

    double classifierScale() {
        return classifierScale == null ? 1 : classifierScale;
    }

    /** Reads the classifier; null if there is none. */
    AdmModel openClassifier() {
        if (classifier == null && (classifierScale != null || classifierPreset != null)) {
            throw new ParameterException(
                    spec.commandLine(),
                    (classifierScale != null ? "--classifier-scale" : "--classifier-preset")
                            + ": expected --classifier beside it, found none");
        }
        return classifier == null ? null : PresetOption.open(classifier, classifierPreset, spec);
    }

    /** Refuses options that another kind of model has no use for. */
    void requireNone(String model) {
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("--classifier", classifier);
        options.put("--classifier-preset", classifierPreset);
        options.put("--classifier-scale", classifierScale);
        options.put("--respacing", respacing);
        options.put("--low-res", lowRes);
        options.values().removeIf(Objects::isNull);
        if (!options.isEmpty()) {
            String given = options.keySet().iterator().next();
            throw new ParameterException(
                    spec.commandLine(), given + ": expected a network of guided-diffusion, found " + model);
        }
    }
}
