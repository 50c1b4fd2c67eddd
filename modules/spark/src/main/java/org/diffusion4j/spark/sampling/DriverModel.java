package org.diffusion4j.spark.sampling;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.pipeline.ClassLabels;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.pipeline.SamplePlan;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.pipeline.prompt.PromptPlan;
import org.diffusion4j.pipeline.prompt.Prompts;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.zoo.Zoo;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A model as the driver needs it, which checks what is asked for, but draws nothing. */
final class DriverModel implements AutoCloseable {
    private final BulkModel.Local local;
    private final DiffusersModel read;
    private final DiffusionPipeline classes;
    private final PromptPipeline prompts;

    private DriverModel(BulkModel.Local local, DiffusersModel read, DiffusionPipeline classes, PromptPipeline prompts) {
        this.local = local;
        this.read = read;
        this.classes = classes;
        this.prompts = prompts;
    }

    static DriverModel open(BulkModel model) {
        BulkModel.Local local = model.local();
        if (local.isOfPrompts()) {
            Path path = local.path().orElseThrow();
            return new DriverModel(local, null, null, PromptPipeline.open(path, (graph, outputs) -> {
                throw new IllegalStateException("the driver draws nothing");
            }));
        }
        DiffusersModel read = Zoo.find(local.name());
        try {
            return new DriverModel(local, read, DiffusionPipeline.of(read, graph -> new Nothing()), null);
        } catch (RuntimeException e) {
            read.close();
            throw e;
        }
    }

    SortedMap<String, String> sums() {
        return local.sums();
    }

    ClassLabels classLabels() {
        if (classes == null) {
            throw new Diffusion4jException(
                    "model: expected one of classes, found " + local.name() + ", which draws by text");
        }
        return classes.classLabels();
    }

    /** What a job's pictures depend on, in the order of the manifest. */
    Map<String, Object> description(BulkRequest request) {
        Map<String, Object> description = new LinkedHashMap<>();
        description.put("model", request.model().name());
        description.put("sums", request.sums());
        description.put("images", request.images());
        description.put(
                "precision",
                request.precision() == Precision.AUTO
                        ? "auto"
                        : request.precision().toString());
        if (request.classes() != null) {
            classLabels(); // refuses a model of prompts
            SamplePlan plan = classes.planOfParts(request.classes());
            description.put("seed", plan.seed());
            description.put("settings", plan.settings());
            description.put("labels", runs(plan.labels()));
            return description;
        }
        if (prompts == null) {
            throw new Diffusion4jException("prompt: expected a model with a text encoder, found " + local.name()
                    + ", which draws by classes or by none");
        }
        PromptPlan plan = prompts.plan(request.prompts());
        request.prompts().part(0, 1); // refuses what can't be drawn in parts
        Prompts texts = request.prompts().prompts();
        description.put("seeds", runsUpwards(request.prompts().seeds()));
        description.put("settings", plan.settings());
        description.put("prompts", texts.texts());
        description.put("second_prompts", texts.second());
        description.put("negative_prompts", texts.negative());
        description.put("images_per_prompt", texts.imagesPerPrompt());
        return description;
    }

    /** Such as 0*5000 for 5,000 zeros. */
    private static List<String> runs(List<Integer> labels) {
        List<String> runs = new ArrayList<>();
        for (int i = 0; i < labels.size(); ) {
            int from = i;
            while (i < labels.size() && labels.get(i).equals(labels.get(from))) {
                i++;
            }
            runs.add(labels.get(from) + "*" + (i - from));
        }
        return runs;
    }

    /** Such as 7..56 for 50 seeds from 7 on. */
    private static List<String> runsUpwards(List<Long> seeds) {
        List<String> runs = new ArrayList<>();
        for (int i = 0; i < seeds.size(); ) {
            int from = i++;
            while (i < seeds.size() && seeds.get(i) == seeds.get(i - 1) + 1) {
                i++;
            }
            runs.add(seeds.get(from) + ".." + seeds.get(i - 1));
        }
        return runs;
    }

    @Override
    public void close() {
        if (classes != null) {
            classes.close();
            read.close();
        }
    }

    private static final class Nothing implements NoisePredictor {
        @Override
        public INDArray predict(INDArray sample, INDArray timestep, Map<String, INDArray> conditioning) {
            throw new IllegalStateException("the driver draws nothing");
        }

        @Override
        public void close() {}
    }
}
