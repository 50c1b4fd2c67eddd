package org.diffusion4j.training.run;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.picture.ImageGrid;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.training.DiffusionTrainer;
import org.diffusion4j.training.LocalGradients;
import org.diffusion4j.training.StartingModel;
import org.diffusion4j.training.StepGradients;
import org.diffusion4j.training.TrainingChecks;
import org.diffusion4j.training.TrainingMemory;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.record.RunDescription;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Trains a network that draws pictures of classes, or any pictures. Its result is a model's folder, as any other.
 *
 * @param model what is trained; a run that goes on takes its weights from the checkpoint
 * @param pictures what it learns
 * @param plan how
 * @param elsewhere gives what computes the gradients from the model that the run begins with; null for this process
 */
record ClassTask(
        DiffusersModel model,
        PictureSource pictures,
        TrainingPlan plan,
        Function<DiffusersModel, StepGradients> elsewhere)
        implements TrainingTask {
    @Override
    public long check(RunOptions options) {
        TrainingChecks.check(model, pictures, plan);
        if (elsewhere == null) {
            return TrainingMemory.check(model.config(), plan, options.engine(), options.checkpointing());
        }
        StartingModel.checkMemory(model.config());
        return 0;
    }

    @Override
    public boolean readsFrom(Path folder) {
        return pictures.readsFrom(folder);
    }

    @Override
    public RunDescription.Subject subject() {
        return RunDescription.Subject.of(model, pictures);
    }

    @Override
    public void tryToWrite(Path folder) {
        DiffusersFolder.tryToWrite(folder);
    }

    @Override
    public Learner begin(Path checkpoint, Path folder, RunOptions options, Consumer<String> listener) {
        DiffusersModel saved = checkpoint == null ? null : DiffusersFolder.read(checkpoint);
        DiffusersModel starting = saved == null ? model : saved;
        StepGradients gradients = elsewhere != null
                ? elsewhere.apply(starting)
                : new LocalGradients(starting, pictures, plan, options.computer());
        return new Learning(saved, new DiffusionTrainer(starting, plan, gradients, options.threads()));
    }

    @Override
    public TrainedModel read(Path checkpoint) {
        DiffusersModel saved = DiffusersFolder.read(checkpoint);
        return new Trained(saved, saved::close);
    }

    record Learning(DiffusersModel saved, DiffusionTrainer trainer) implements Learner {
        /** Its arrays are freed at once: the collector sees none of their memory, and is in no hurry. */
        @Override
        public TrainedModel model() {
            DiffusersModel copy = trainer.model();
            return new Trained(copy, () -> copy.weights().values().forEach(INDArray::close));
        }

        @Override
        public void close() {
            trainer.close();
            if (saved != null) {
                saved.close();
            }
        }
    }

    private record Trained(DiffusersModel model, Runnable freed) implements TrainedModel {
        private static final long SEED = 0;

        @Override
        public void write(Path folder) {
            DiffusersFolder.write(folder, model);
        }

        @Override
        public ImageGrid draw(RunOptions options, BooleanSupplier stopped) {
            try (DiffusionPipeline pipeline =
                    DiffusionPipeline.of(model, graph -> options.engine().open(graph, options.threads()))) {
                SampleRequest.Builder request =
                        SampleRequest.images(options.sampleImages()).seed(SEED);
                List<Integer> classes = classes(options.sampleImages());
                return ImageGrid.of(pipeline.sample(
                        (classes.isEmpty() ? request : request.spread(classes)).build(), (done, total) -> {
                            if (stopped.getAsBoolean()) {
                                throw new CancellationException();
                            }
                        }));
            }
        }

        /** As many as there are pictures for, from the first on. */
        private List<Integer> classes(int images) {
            Integer embeddings = model.config().numClassEmbeds();
            if (embeddings == null) {
                return List.of();
            }
            int named = model.settings().classNames().size();
            Integer none = model.settings().nullClass();
            return IntStream.range(0, named > 0 ? named : embeddings)
                    .filter(label -> none == null || label != none)
                    .limit(images)
                    .boxed()
                    .toList();
        }

        @Override
        public void close() {
            freed.run();
        }
    }
}
