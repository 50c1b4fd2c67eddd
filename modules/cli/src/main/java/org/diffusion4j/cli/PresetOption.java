package org.diffusion4j.cli;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.diffusion4j.config.ConfigName;
import org.diffusion4j.weights.adm.AdmModel;
import org.diffusion4j.weights.adm.AdmPreset;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The option {@code --preset}, which says what network of guided-diffusion a file of weights is. */
final class PresetOption {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--preset",
            paramLabel = "PRESET",
            converter = Word.class,
            completionCandidates = Words.class,
            description =
                    "Which of guided-diffusion's networks a file of weights is, where no config.json beside it says so:"
                            + " ${COMPLETION-CANDIDATES}.")
    private AdmPreset preset;

    /** The presets' names. */
    static final class Words extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        Words() {
            super(Arrays.stream(AdmPreset.values()).map(AdmPreset::configName).collect(Collectors.toList()));
        }
    }

    /** Reads a preset's name. */
    static final class Word implements ITypeConverter<AdmPreset> {
        @Override
        public AdmPreset convert(String value) {
            try {
                return ConfigName.of(AdmPreset.class, "preset", value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage().replaceFirst("^preset: ", ""));
            }
        }
    }

    /** Whether a model is a file or a folder of a network of guided-diffusion. */
    static boolean isOne(String model) {
        try {
            return AdmModel.isOne(Path.of(model));
        } catch (InvalidPathException e) {
            return false; // it isn't a file at all
        }
    }

    /** Reads such a network, and prints what was noticed. */
    AdmModel open(String model) {
        return open(Path.of(model), preset, spec);
    }

    static AdmModel open(Path file, AdmPreset wanted, CommandSpec spec) {
        AdmModel model = AdmModel.open(file, wanted);
        model.notes().forEach(note -> spec.commandLine().getErr().println(file + ": " + note));
        return model;
    }

    /** Refuses a preset for another kind of model. */
    void requireNone(String model) {
        if (preset != null) {
            throw new ParameterException(
                    spec.commandLine(), "--preset: expected a network of guided-diffusion, found " + model);
        }
    }
}
