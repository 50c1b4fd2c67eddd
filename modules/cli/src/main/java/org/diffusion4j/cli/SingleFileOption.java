package org.diffusion4j.cli;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.diffusion4j.weights.singlefile.PipelineFiles;
import org.diffusion4j.weights.singlefile.SingleFile;
import org.diffusion4j.weights.singlefile.SingleFileOptions;
import picocli.CommandLine.Option;

/** What a model that is a single file doesn't say by itself. */
final class SingleFileOption {
    @Option(
            names = "--ema",
            description =
                    "Take the averaged weights of the U-Net, if the file has them beside those that were trained.")
    private boolean average;

    @Option(
            names = "--prediction",
            paramLabel = "WHAT",
            description =
                    "What the network predicts: epsilon or v_prediction (default: what the file says, otherwise v_prediction for"
                            + " Stable Diffusion 2 and epsilon for others).")
    private Prediction prediction;

    @Option(
            names = "--config",
            paramLabel = "FOLDER",
            description =
                    "A diffusers folder whose configurations, tokenizers and scheduler are taken (default: those of the public"
                            + " model of this kind).")
    private Path config;

    private SingleFileOptions options() {
        return new SingleFileOptions(average, prediction, config);
    }

    /** Opens a model that draws by text, whether it is a folder or a single file. */
    PipelineParts open(LocatedModel model) {
        refuseFor(model.place());
        return PipelineFiles.open(Path.of(model.place()), options(), model.preference());
    }

    /** Whether it is a file that isn't a model, of which nothing is asked that only a model has. */
    boolean isOther(String model) {
        return isFile(model) && options().equals(SingleFileOptions.NONE) && !SingleFile.isOne(Path.of(model));
    }

    /** Refuses options that have no effect, since the model isn't a single file. */
    void refuseFor(String model) {
        if (!options().equals(SingleFileOptions.NONE) && !isFile(model)) {
            String name = average ? "--ema" : prediction != null ? "--prediction" : "--config";
            throw new Diffusion4jException(name + ": expected a model that is a single file, found " + model);
        }
    }

    private static boolean isFile(String model) {
        try {
            return Files.isRegularFile(Path.of(model));
        } catch (InvalidPathException e) {
            return false; // it isn't a file at all
        }
    }
}
