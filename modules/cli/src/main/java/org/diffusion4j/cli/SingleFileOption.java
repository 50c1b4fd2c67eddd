package org.diffusion4j.cli;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.sampler.Preconditioning;
import org.diffusion4j.weights.adm.AdmModel;
import org.diffusion4j.weights.adm.AdmProcess;
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
                    "What the network predicts: epsilon, sample or v_prediction (default: what the file says, otherwise"
                            + " v_prediction for Stable Diffusion 2 and epsilon for others); of guided-diffusion's networks edm, as"
                            + " Karras et al. 2022 have it, or epsilon.")
    private Predicted prediction;

    @Option(
            names = "--config",
            paramLabel = "FOLDER",
            description =
                    "A diffusers folder whose configurations, tokenizers and scheduler are taken (default: those of the public"
                            + " model of this kind).")
    private Path config;

    /** What is said to be predicted. */
    enum Predicted {
        EPSILON(Prediction.EPSILON),
        SAMPLE(Prediction.SAMPLE),
        V_PREDICTION(Prediction.V_PREDICTION),
        /** By networks of guided-diffusion only. */
        EDM(null);

        private final Prediction prediction;

        Predicted(Prediction prediction) {
            this.prediction = prediction;
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private SingleFileOptions options() {
        if (prediction == Predicted.EDM) {
            throw new Diffusion4jException(
                    "--prediction: expected epsilon, sample or v_prediction for a model that draws by text, found edm (--sampler"
                            + " edm-euler or edm-dpm-solver-multistep draws with one of Karras et al. 2022)");
        }
        return new SingleFileOptions(average, prediction == null ? null : prediction.prediction, config);
    }

    private String given() {
        return average ? "--ema" : prediction != null ? "--prediction" : config != null ? "--config" : null;
    }

    /**
     * A network of guided-diffusion by what is said that it predicts.
     *
     * @throws Diffusion4jException if it can't be that, or something else is asked for
     */
    AdmModel applied(AdmModel network) {
        if (average || config != null) {
            throw new Diffusion4jException(
                    given() + ": expected a model that draws by text, found a network of guided-diffusion");
        }
        if (prediction == null) {
            return network;
        }
        if (prediction != Predicted.EDM && prediction != Predicted.EPSILON) {
            throw new Diffusion4jException(
                    "--prediction: expected epsilon or edm for a network of guided-diffusion, found " + prediction);
        }
        AdmProcess process = network.process();
        if (prediction == Predicted.EPSILON) {
            return network.with(process.with(null));
        }
        return process.preconditioning() == null ? network.with(process.with(new Preconditioning())) : network;
    }

    /** Opens a model that draws by text, whether it is a folder or a single file. */
    PipelineParts open(LocatedModel model) {
        refuseFor(model.place());
        return PipelineFiles.open(Path.of(model.place()), options(), model.preference());
    }

    /** Whether it is a file that isn't a model, of which nothing is asked that only a model has. */
    boolean isOther(String model) {
        return isFile(model) && given() == null && !SingleFile.isOne(Path.of(model));
    }

    /** Refuses options that have no effect, since the model isn't a single file. */
    void refuseFor(String model) {
        if (given() != null && !isFile(model)) {
            throw new Diffusion4jException(given() + ": expected a model that is a single file, found " + model);
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
