package org.diffusion4j.spark.training;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.diffusion4j.data.PictureFolder;
import org.diffusion4j.data.PictureOptions;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetShape;
import org.diffusion4j.spark.data.PictureOpener;
import org.diffusion4j.training.LearningRate;
import org.diffusion4j.training.StartingModel;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.run.RunOptions;
import org.diffusion4j.training.run.RunOptionsBuilder;
import org.diffusion4j.weights.diffusers.DiffusersModel;

/** A network of a few thousand parameters that learns grey pictures of 8x8 of two classes, with all that a plan has. */
final class TinyRuns {
    static final String WEIGHTS = "unet/diffusion_pytorch_model.safetensors";
    private static final int SIDE = 8;

    private TinyRuns() {}

    /** Opens the pictures wherever it is. */
    record Folder(String path) implements PictureOpener {
        @Override
        public PictureSource open() {
            return PictureFolder.open(
                    Path.of(path),
                    PictureOptions.builder(SIDE, SIDE)
                            .grey(true)
                            .flip(true)
                            .threads(1)
                            .build());
        }
    }

    static Folder pictures(Path folder) throws IOException {
        Random random = new Random(5);
        for (int i = 0; i < 10; i++) {
            BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_BYTE_GRAY);
            int[] values = random.ints(SIDE * SIDE, 0, 256).toArray();
            image.getRaster().setPixels(0, 0, SIDE, SIDE, values);
            Path of = Files.createDirectories(folder.resolve(i % 2 == 0 ? "even" : "odd"));
            ImageIO.write(image, "png", of.resolve(i + ".png").toFile());
        }
        return new Folder(folder.toString());
    }

    static DiffusersModel model(PictureSource pictures) {
        return StartingModel.scratch(
                        new UNetShape(List.of(8, 16), List.of(4), 1, 8).config(SampleSize.square(SIDE), 1),
                        new DdpmConfig(),
                        pictures,
                        3)
                .model();
    }

    static TrainingPlan.Builder plan(long steps, int accumulation) {
        return TrainingPlan.builder()
                .steps(steps)
                .batchSize(2)
                .accumulation(accumulation)
                .learningRate(new LearningRate(1e-3, 2, new LearningRate.Cosine(20)))
                .seed(7);
    }

    static RunOptionsBuilder options() {
        return RunOptions.builder().threads(1).sampleEvery(0);
    }
}
