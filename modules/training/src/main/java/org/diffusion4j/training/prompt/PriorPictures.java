package org.diffusion4j.training.prompt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.diffusion4j.training.run.RunOptions;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.diffusion4j.weights.file.FileReplacement;

/**
 * Prior pictures that the model draws itself before it learns (Ruiz et al. 2022, arXiv:2208.12242, section 3.3), as diffusers' {@code
 * train_dreambooth.py} does. Each has a seed of its own, by its file's number, so that those of a run that ended meanwhile count.
 *
 * @param parts the model
 * @param size of the pictures
 * @param caption what they show
 * @param seed of the first one
 */
public record PriorPictures(PipelineParts parts, SampleSize size, String caption, long seed) {
    /** How many are drawn at once. */
    private static final int TOGETHER = 4;

    /**
     * Draws those that are missing, with the model's own number of steps and guidance.
     *
     * @param folder where they are and go; made if it isn't there
     * @param count how many pictures it shall have, the user's own included; subfolders don't count
     * @param options with the engine
     * @param listener told of it
     * @throws Diffusion4jException if the folder can't be read or written, or the model can't draw
     */
    public void draw(Path folder, int count, RunOptions options, Consumer<String> listener) {
        if (count == 0) {
            return;
        }
        try {
            FileReplacement.makeFolder(folder);
            List<Integer> missing = missing(folder, count);
            if (missing.isEmpty()) {
                return;
            }
            PromptPipeline pipeline = PromptPipeline.open(parts, options.engine(), options.threads(), Precision.FP32);
            for (int first = 0; first < missing.size(); first += TOGETHER) {
                listener.accept(String.format(Locale.ROOT, "drawing prior pictures: %d of %d", first, missing.size()));
                draw(pipeline, folder, missing.subList(first, Math.min(first + TOGETHER, missing.size())));
            }
        } catch (IOException e) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "%s: expected to write prior pictures, found %s", folder, e), e);
        }
    }

    private void draw(PromptPipeline pipeline, Path folder, List<Integer> numbers) throws IOException {
        int from = 0;
        while (from < numbers.size()) {
            int to = from + 1;
            while (to < numbers.size() && numbers.get(to) == numbers.get(to - 1) + 1) {
                to++;
            }
            List<GeneratedImage> drawn = pipeline.draw(PromptRequest.of(caption)
                    .size(size.width(), size.height())
                    .imagesPerPrompt(to - from)
                    .seed(seed + numbers.get(from)) // and the numbers after it for the others
                    .build());
            for (GeneratedImage image : drawn) {
                image.writePng(folder.resolve(name(numbers.get(from++))));
            }
        }
    }

    private static String name(int number) {
        return String.format(Locale.ROOT, "drawn-%05d.png", number);
    }

    /** Numbers of files that aren't there, as many as there are pictures too few. */
    private static List<Integer> missing(Path folder, int count) throws IOException {
        long there;
        try (Stream<Path> files = Files.list(folder)) {
            there = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("(?i)[^.].*\\.(png|jpe?g|webp|bmp|gif)"))
                    .count();
        }
        List<Integer> missing = new ArrayList<>();
        for (int number = 0; there + missing.size() < count; number++) {
            if (!Files.exists(folder.resolve(name(number)))) {
                missing.add(number);
            }
        }
        return missing;
    }
}
