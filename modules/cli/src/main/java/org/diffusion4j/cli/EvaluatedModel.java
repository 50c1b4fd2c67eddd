package org.diffusion4j.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.diffusion4j.training.evaluate.JudgedModel;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.singlefile.PipelineFiles;
import org.diffusion4j.weights.singlefile.SingleFileOptions;
import org.nd4j.autodiff.samediff.SameDiff;
import picocli.CommandLine.Model.CommandSpec;

/** A model that is judged: it draws by classes or by text. */
sealed interface EvaluatedModel {
    /** The size of its pictures; null if it has none. */
    SampleSize size();

    /** The channels of its pictures. */
    int channels();

    /** How it is to draw. */
    JudgedModel judged(Wanted wanted);

    /** What is wanted of any model. */
    interface Wanted {
        /** For a model that draws by classes. */
        SampleRequest byClasses();

        /** For a model that draws by text. */
        PromptRequest byText(List<String> texts);

        /** How many pictures. */
        int images();

        /** The real pictures' texts by their names. */
        Map<String, String> captions();
    }

    /** Opens a model that is on this machine. */
    static EvaluatedModel open(
            LocatedModel model, EngineOption engine, PrecisionOption precision, CommandSpec command) {
        if (ModelOption.isPipelineOfPrompts(model.place())) {
            PromptPipeline pipeline = PromptPipeline.open(
                    PipelineFiles.open(Path.of(model.place()), SingleFileOptions.NONE, model.preference()),
                    engine.kind(),
                    engine.threads(),
                    precision.value());
            pipeline.notes().forEach(note -> command.commandLine().getErr().println(model.place() + ": " + note));
            return new ByText(pipeline);
        }
        return new ByClasses(ModelOption.read(model, command), graph -> precision.open(engine, graph));
    }

    /** A model that draws by classes, or just draws. */
    record ByClasses(DiffusersModel model, Function<SameDiff, NoisePredictor> engine) implements EvaluatedModel {
        @Override
        public SampleSize size() {
            return model.config().sampleSize();
        }

        @Override
        public int channels() {
            return model.config().inChannels();
        }

        @Override
        public JudgedModel judged(Wanted wanted) {
            return new JudgedModel.ByClasses(model, wanted.byClasses(), engine);
        }
    }

    /** A model that draws by text. */
    record ByText(PromptPipeline pipeline) implements EvaluatedModel {
        @Override
        public SampleSize size() {
            return pipeline.usualSize();
        }

        @Override
        public int channels() {
            return pipeline.space().colours();
        }

        @Override
        public JudgedModel judged(Wanted wanted) {
            return new JudgedModel.ByText(pipeline, wanted.captions(), wanted.images(), wanted::byText);
        }
    }

    /** The size, which must be known to read real pictures. */
    default SampleSize requireSize() {
        SampleSize size = size();
        if (size == null) {
            throw new Diffusion4jException("config.json, 'sample_size': expected a size to draw at, found null");
        }
        return size;
    }
}
