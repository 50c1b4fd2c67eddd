package org.diffusion4j.examples;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
import org.diffusion4j.data.PictureFolder;
import org.diffusion4j.data.PictureOptions;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetShape;
import org.diffusion4j.picture.ImageGrid;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.diffusion4j.training.LearningRate;
import org.diffusion4j.training.Trainer;
import org.diffusion4j.training.TrainingListener;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.prompt.Captions;
import org.diffusion4j.training.prompt.Learning;
import org.diffusion4j.training.prompt.NewPromptModel;
import org.diffusion4j.training.prompt.PromptTask;
import org.diffusion4j.training.prompt.TextShape;
import org.diffusion4j.training.run.RunOptions;
import org.diffusion4j.training.run.TrainingRun;
import org.diffusion4j.weights.diffusers.ModelSettings;
import org.diffusion4j.weights.diffusers.PipelineFolder;

/**
 * A new model that learns to draw what captions say, from coloured shapes: {@code examples/run TrainTextToImage [OUT [STEPS]]}. One
 * pair, a blue circle, is never shown to it: it draws one from what it knows of blue and of circles.
 */
public final class TrainTextToImage {
    private static final int SIDE = 16;
    private static final Map<String, Color> COLOURS = Map.of(
            "red",
            new Color(0xD02020),
            "green",
            new Color(0x20A030),
            "blue",
            new Color(0x2040D0),
            "yellow",
            new Color(0xE0C020));
    private static final List<String> SHAPES = List.of("circle", "square", "triangle", "cross");
    private static final String UNSEEN = "a blue circle";

    private TrainTextToImage() {}

    /**
     * Trains and draws.
     *
     * @param arguments where everything goes, text-to-image if it isn't given; how many steps, 2,000 if it isn't
     * @throws IOException if a picture can't be written
     */
    public static void main(String[] arguments) throws IOException {
        Path out = Path.of(arguments.length > 0 ? arguments[0] : "text-to-image");
        long steps = arguments.length > 1 ? Long.parseLong(arguments[1]) : 2000;
        System.out.printf(Locale.ROOT, "training in %s; 2000 steps take some minutes on two free cores%n", out);
        Path model = train(out, steps);
        List<String> prompts = List.of(UNSEEN, "a red circle", "a blue square", "a yellow cross", "a green triangle");
        Path drawn = out.resolve("drawn.png");
        PromptRequest request = PromptRequest.of(prompts).imagesPerPrompt(5).build();
        ImageGrid.builder(PromptPipeline.open(model).draw(request))
                .scale(4)
                .build()
                .writePng(drawn);
        System.out.printf(
                Locale.ROOT,
                "the model is in %s, what it draws in %s, a row each: %s (it has never seen %s)%n",
                model,
                drawn,
                String.join(", ", prompts),
                UNSEEN);
    }

    /** Trains a model of shapes; an earlier run in the same folder goes on. */
    static Path train(Path out, long steps) throws IOException {
        Path data = drawShapes(out.resolve("shapes"));
        PictureFolder pictures =
                PictureFolder.open(data, PictureOptions.builder(SIDE, SIDE).build());
        Captions captions = new Captions(pictures.captions(), null);
        Path initial = out.resolve("initial");
        if (!Files.exists(initial)) {
            ModelSettings.Sampling best = new ModelSettings.Sampling(
                    SchedulerKind.DDIM,
                    25,
                    2.0,
                    Map.of("timestep_spacing", "trailing", "use_clipped_model_output", true));
            new NewPromptModel(
                            new UNetShape(List.of(32, 64), List.of(8), 1, 32),
                            new TextShape(64, 1, 8),
                            SampleSize.square(SIDE),
                            3,
                            new DdpmConfig(),
                            new ModelSettings(List.of(), null, best))
                    .write(initial, captions.byName().values(), 0);
        }
        TrainingPlan plan = TrainingPlan.builder()
                .steps(steps)
                .batchSize(16)
                .learningRate(LearningRate.of("cosine", 1e-3, steps / 20, steps))
                .build();
        PromptTask task = new PromptTask(
                PipelineFolder.open(initial), pictures, false, captions, plan, new Learning.Networks(true), List.of());
        RunOptions options = RunOptions.builder()
                .checkpointEvery(500)
                .keep(1)
                .sampleEvery(Math.max(1, steps / 4)) // for report.html
                .resume(true)
                .build();
        Path model = out.resolve("model");
        new TrainingRun(task, model, options, new TrainingListener() {
                    @Override
                    public void step(Trainer.Step step, double imagesPerSecond) {
                        if (step.number() % 100 == 0 || step.number() == steps) {
                            System.out.printf(
                                    Locale.ROOT,
                                    "step %d of %d: loss %.4f, %.0f images/s%n",
                                    step.number(),
                                    steps,
                                    step.loss(),
                                    imagesPerSecond);
                        }
                    }
                })
                .run();
        return model;
    }

    /** Draws shapes of all colours but the pair that is left out, at random places, with a text file beside each. */
    private static Path drawShapes(Path folder) throws IOException {
        Files.createDirectories(folder);
        Random random = new Random(0);
        for (String shape : SHAPES) {
            for (String colour : COLOURS.keySet().stream().sorted().toList()) {
                String caption = "a " + colour + " " + shape;
                for (int i = 0; i < 25 && !caption.equals(UNSEEN); i++) {
                    String name = String.format(Locale.ROOT, "%s-%s-%02d", colour, shape, i);
                    ImageIO.write(
                            picture(shape, COLOURS.get(colour), random),
                            "png",
                            folder.resolve(name + ".png").toFile());
                    Files.writeString(folder.resolve(name + ".txt"), caption);
                }
            }
        }
        return folder;
    }

    private static BufferedImage picture(String shape, Color colour, Random random) {
        BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, SIDE, SIDE);
        graphics.setColor(colour);
        double size = 8 + 3 * random.nextDouble();
        double x = (SIDE - size) * random.nextDouble();
        double y = (SIDE - size) * random.nextDouble();
        switch (shape) {
            case "circle" -> graphics.fill(new Ellipse2D.Double(x, y, size, size));
            case "square" -> graphics.fill(new Rectangle2D.Double(x, y, size, size));
            case "triangle" -> {
                Path2D path = new Path2D.Double();
                path.moveTo(x, y + size);
                path.lineTo(x + size, y + size);
                path.lineTo(x + size / 2, y);
                path.closePath();
                graphics.fill(path);
            }
            default -> {
                graphics.setStroke(new BasicStroke(3));
                graphics.drawLine((int) x, (int) y, (int) (x + size), (int) (y + size));
                graphics.drawLine((int) (x + size), (int) y, (int) x, (int) (y + size));
            }
        }
        graphics.dispose();
        return image;
    }
}
