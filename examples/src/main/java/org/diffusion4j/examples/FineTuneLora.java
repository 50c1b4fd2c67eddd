package org.diffusion4j.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.diffusion4j.data.PictureFolder;
import org.diffusion4j.data.PictureOptions;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.lora.LoraTargets;
import org.diffusion4j.picture.ImageGrid;
import org.diffusion4j.pipeline.prompt.Additions;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.diffusion4j.training.LearningRate;
import org.diffusion4j.training.Trainer;
import org.diffusion4j.training.TrainingListener;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.prompt.Captions;
import org.diffusion4j.training.prompt.Learning;
import org.diffusion4j.training.prompt.PromptTask;
import org.diffusion4j.training.run.RunOptions;
import org.diffusion4j.training.run.TrainingRun;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.diffusion4j.weights.singlefile.PipelineFiles;

/**
 * An adapter that teaches a model one thing, and leaves the model as it is: {@code examples/run FineTuneLora [MODEL PICTURES CAPTION [OUT
 * [STEPS]]]}. MODEL is a folder or a single file of the Stable Diffusion family, CAPTION what all pictures show. Without them, the
 * model of {@link TrainTextToImage}, which is trained first if it isn't there, learns what a star is.
 */
public final class FineTuneLora {
    private FineTuneLora() {}

    /**
     * Trains and draws.
     *
     * @param arguments see the class
     * @throws IOException if a picture can't be written
     */
    public static void main(String[] arguments) throws IOException {
        boolean given = arguments.length >= 3;
        Path model = given ? Path.of(arguments[0]) : TrainTextToImage.train(Path.of("text-to-image"), 2000);
        Path data = given ? Path.of(arguments[1]) : Stars.draw(Path.of("text-to-image", "stars"));
        String caption = given ? arguments[2] : "a star";
        Path out = Path.of(arguments.length > 3 ? arguments[3] : "lora");
        long steps = arguments.length > 4 ? Long.parseLong(arguments[4]) : 200;

        PipelineParts parts = PipelineFiles.open(model);
        SampleSize size = PromptPipeline.open(model).usualSize();
        PictureFolder pictures = PictureFolder.open(
                data, PictureOptions.builder(size.height(), size.width()).build());
        Captions captions = new Captions(pictures.captions(), caption);
        TrainingPlan plan = TrainingPlan.builder()
                .steps(steps)
                .batchSize(4)
                .learningRate(new LearningRate(1e-3, steps / 20, new LearningRate.Constant()))
                .ema(null) // too few steps for an average
                .build();
        // Rank 8 beside all linear layers of the transformers.
        Learning learning = new Learning.Adapter(8, 8, LoraTargets.TRANSFORMERS, false);
        PromptTask task = new PromptTask(parts, pictures, false, captions, plan, learning, List.of(caption));
        RunOptions options = RunOptions.builder()
                .checkpointEvery(steps)
                .keep(1)
                .sampleEvery(0)
                .checkpointing(true) // less memory, for large models
                .resume(true)
                .build();
        new TrainingRun(task, out, options, new TrainingListener() {
                    @Override
                    public void step(Trainer.Step step, double imagesPerSecond) {
                        if (step.number() % 20 == 0 || step.number() == steps) {
                            System.out.printf(
                                    Locale.ROOT, "step %d of %d: loss %.4f%n", step.number(), steps, step.loss());
                        }
                    }
                })
                .run();

        Path adapter = out.resolve("pytorch_lora_weights.safetensors");
        PromptRequest request = PromptRequest.of(caption).imagesPerPrompt(4).build();
        PromptPipeline plain = PromptPipeline.open(model);
        Path drawn = out.resolve("drawn.png");
        ImageGrid.of(Stream.concat(
                                plain.draw(request).stream(),
                                plain.with(Additions.NONE.lora(adapter, 1)).draw(request).stream())
                        .toList())
                .writePng(drawn);
        System.out.printf(
                Locale.ROOT,
                "the adapter is %s (%,d bytes); %s has '%s' without and with it%n",
                adapter,
                Files.size(adapter),
                drawn,
                caption);
    }
}
