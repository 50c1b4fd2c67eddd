package org.diffusion4j.training.evaluate;

import static org.diffusion4j.Requirement.requireGiven;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.diffusion4j.Progress;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.pipeline.prompt.PromptListener;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.pipeline.prompt.PromptPlan;
import org.diffusion4j.pipeline.prompt.PromptProgress;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Pictures for the texts of real ones. */
final class PromptDrawing implements PictureDrawing {
    private final PromptPipeline pipeline;
    private final PromptRequest request;
    private final PromptPlan plan;
    private final boolean classes;

    PromptDrawing(JudgedModel.ByText model, PictureSource pictures, List<Integer> labels) {
        pipeline = model.pipeline();
        PictureDrawing.requireShape(pipeline.usualSize(), pipeline.space().colours(), pictures);
        classes = !labels.isEmpty();
        request = model.asked().apply(texts(model, pictures, labels));
        plan = pipeline.plan(request);
    }

    /** A text for each picture: those of a class in the order of the real pictures, and then from the beginning. */
    private static List<String> texts(JudgedModel.ByText model, PictureSource pictures, List<Integer> labels) {
        Map<Integer, List<String>> byLabel = new HashMap<>();
        PictureSubset.firstEpoch(pictures, pictures.size(), batch -> {
            for (int i = 0; i < batch.names().size(); i++) {
                String text = model.captions().get(batch.names().get(i));
                if (text != null) {
                    int label = labels.isEmpty() ? 0 : batch.labels().getInt(i);
                    byLabel.computeIfAbsent(label, any -> new ArrayList<>()).add(text);
                }
            }
        });
        Map<Integer, Integer> taken = new HashMap<>();
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < model.images(); i++) {
            int label = labels.isEmpty() ? 0 : labels.get(i);
            List<String> of = byLabel.getOrDefault(label, List.of());
            requireGiven(
                    !of.isEmpty(),
                    "evaluate",
                    "pictures with texts, as the model draws by text",
                    labels.isEmpty()
                            ? "none"
                            : "none in the class '" + pictures.classNames().get(label) + "'");
            texts.add(of.get((taken.merge(label, 1, Integer::sum) - 1) % of.size()));
        }
        return texts;
    }

    @Override
    public boolean hasClasses() {
        return classes;
    }

    @Override
    public Map<String, String> settings() {
        Map<String, String> settings = new TreeMap<>(plan.settings());
        settings.put("seed", Long.toString(request.seeds().get(0)));
        return settings;
    }

    @Override
    public double draw(Progress progress, int chunk, Part part) {
        int images = plan.images();
        long nanoseconds = 0;
        for (int first = 0; first < images; first += chunk) {
            int before = first;
            int count = Math.min(chunk, images - first);
            long start = System.nanoTime();
            List<GeneratedImage> drawn = pipeline.draw(pipeline.plan(request.part(first, count)), new PromptListener() {
                @Override
                public void stepped(PromptProgress step, INDArray output, INDArray latents, INDArray denoised) {
                    progress.done(before + (int) ((long) count * step.done() / step.total()), images);
                }
            });
            nanoseconds += System.nanoTime() - start;
            part.take(first, drawn);
        }
        return nanoseconds / 1e9;
    }

    @Override
    public void close() {}
}
