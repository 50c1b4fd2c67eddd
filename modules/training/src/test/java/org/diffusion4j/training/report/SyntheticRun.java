package org.diffusion4j.training.report;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
import org.diffusion4j.data.BatchStream;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.training.LearningRate;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.record.RunDescription;
import org.diffusion4j.weights.diffusers.DiffusersModel;

/** A run's folder, with curves like a real one's and pictures that come out of the noise. */
final class SyntheticRun {
    private static final int PICTURE = 28;

    private SyntheticRun() {}

    /** Pictures that are only described. */
    record Described(int size, List<String> classNames) implements PictureSource {
        @Override
        public int channels() {
            return 3;
        }

        @Override
        public int height() {
            return PICTURE;
        }

        @Override
        public int width() {
            return PICTURE;
        }

        @Override
        public BatchStream batches(int batchSize, long seed, long first) {
            throw new UnsupportedOperationException("described alone");
        }
    }

    static void describe(Path folder, long planned, List<String> classNames) {
        TrainingPlan plan = TrainingPlan.builder()
                .steps(planned)
                .batchSize(32)
                .learningRate(new LearningRate(2e-4, Math.min(500, planned / 4), new LearningRate.Cosine(planned)))
                .prediction(Prediction.EPSILON)
                .frozen(List.of("conv_in\\..*"))
                .build();
        DiffusersModel model = DiffusersModel.of(
                UNetConfig.builder()
                        .sampleSize(SampleSize.square(PICTURE))
                        .numClassEmbeds(classNames.size() + 1)
                        .build(),
                new DdpmConfig(),
                Map.of());
        RunDescription.of(
                        plan,
                        RunDescription.Subject.of(model, new Described(60_000, classNames)),
                        new RunDescription.Computer(EngineKind.AUTO, 2, Precision.FP32))
                .write(folder);
    }

    /** Like a real one's: a steep beginning, then noise around something that falls ever more slowly. */
    static void metrics(Path file, long steps, long planned) throws IOException {
        Random random = new Random(7);
        LearningRate rate = new LearningRate(2e-4, Math.min(500, planned / 4), new LearningRate.Cosine(planned));
        try (BufferedWriter writer = Files.newBufferedWriter(file)) {
            for (long step = 1; step <= steps; step++) {
                double mean = 0.021 + 0.9 * Math.exp(-step / 60.0) + 0.05 * Math.exp(-step / 2500.0);
                double loss = mean * Math.exp(0.22 * random.nextGaussian());
                double norm = (0.06 + 1.9 * Math.exp(-step / 90.0)) * Math.exp(0.35 * random.nextGaussian());
                double speed = 812 * step / (step + 40.0) + 3 * Math.sin(step / 700.0);
                writer.write(String.format(
                        Locale.ROOT,
                        "{\"step\":%d,\"loss\":%s,\"gradient_norm\":%s,\"learning_rate\":%s,\"images_per_second\":%s}\n",
                        step,
                        loss,
                        norm,
                        rate.at(step - 1),
                        speed));
            }
        }
    }

    /** A grid of 16 pictures, clearer the later it is. */
    static void sample(Path samples, long step, double clearness) throws IOException {
        Files.createDirectories(samples);
        BufferedImage grid = new BufferedImage(4 * PICTURE, 4 * PICTURE, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = grid.createGraphics();
        Random random = new Random(3);
        for (int i = 0; i < 16; i++) {
            int x = i % 4 * PICTURE;
            int y = i / 4 * PICTURE;
            Color dark = Color.getHSBColor(random.nextFloat(), 0.7f, 0.4f);
            Color light = Color.getHSBColor(random.nextFloat(), 0.6f, 0.95f);
            graphics.setPaint(new GradientPaint(x, y, dark, x, (float) y + PICTURE, Color.BLACK));
            graphics.fillRect(x, y, PICTURE, PICTURE);
            graphics.setColor(light);
            graphics.fillOval(x + 4 + random.nextInt(5), y + 4 + random.nextInt(5), 15, 15);
        }
        graphics.dispose();
        for (int i = 0; i < grid.getWidth() * grid.getHeight(); i++) {
            int x = i % grid.getWidth();
            int y = i / grid.getWidth();
            Color clear = new Color(grid.getRGB(x, y));
            int[] noisy = {clear.getRed(), clear.getGreen(), clear.getBlue()};
            for (int c = 0; c < noisy.length; c++) {
                double noise = 128 + 70 * random.nextGaussian();
                noisy[c] = (int) Math.max(0, Math.min(255, clearness * noisy[c] + (1 - clearness) * noise));
            }
            grid.setRGB(x, y, new Color(noisy[0], noisy[1], noisy[2]).getRGB());
        }
        ImageIO.write(
                grid,
                "png",
                samples.resolve(String.format(Locale.ROOT, "step-%08d.png", step))
                        .toFile());
    }

    /** A whole run of 20,000 steps with 10 grids. */
    static void whole(Path folder) throws IOException {
        describe(folder, 20_000, List.of("cats & dogs", "<b>birds</b>", "the \"others\"", "it's"));
        metrics(folder.resolve("metrics.jsonl"), 20_000, 20_000);
        for (int i = 1; i <= 10; i++) {
            sample(folder.resolve("samples"), 2000L * i, 1 - Math.exp(-i / 2.5));
        }
    }
}
