package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.DiffusersName;
import org.diffusion4j.diffusion.Pixels;
import org.diffusion4j.diffusion.schedule.SchedulerKind;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.weights.DiffusersFolder;
import org.diffusion4j.weights.DiffusersModel;
import org.diffusion4j.weights.ModelSettings;
import org.diffusion4j.weights.SchedulerConfigJson;
import org.diffusion4j.zoo.DiffusionPipeline;
import org.diffusion4j.zoo.GeneratedImage;
import org.diffusion4j.zoo.SampleRequest;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Pictures for given seeds and labels: noise, network, guidance and sampler, all the way. */
final class PicturesCase {
    private PicturesCase() {}

    static List<Comparison> verify(ReferenceCase reference, Function<SameDiff, NoisePredictor> engine) {
        DiffusersModel model = DiffusersFolder.read(model(reference));
        int nullLabel = reference.setting("null_label").asInt();
        SchedulerKind kind = DiffusersName.parse(
                SchedulerKind.class, "scheduler", reference.setting("scheduler").asText());
        DiffusersModel changed = model.withScheduler(SchedulerConfigJson.changed(
                        kind == SchedulerKind.DDIM
                                ? model.scheduler().toDdim()
                                : model.scheduler().toDdpm(),
                        reference.setting("scheduler_config_changes")))
                .withSettings(new ModelSettings(
                        List.of(), nullLabel, new ModelSettings.Sampling(null, null, null, null, null)));
        List<Integer> labels = new ArrayList<>();
        reference.setting("labels").forEach(label -> labels.add(label.asInt()));
        SampleRequest request = SampleRequest.images(labels.size())
                .labels(labels)
                .seed(reference.setting("seed").asLong())
                .sampler(kind)
                .steps(reference.setting("num_inference_steps").asInt())
                .eta(reference.setting("eta").asDouble(0))
                .guidanceScale(reference.setting("guidance").asDouble())
                .useClippedModelOutput(
                        reference.setting("use_clipped_model_output").asBoolean())
                .build();
        try (DiffusionPipeline pipeline = DiffusionPipeline.of(changed, engine)) {
            INDArray samples = Nd4j.pile(pipeline.sample(request).stream()
                    .map(GeneratedImage::sample)
                    .toList());
            return List.of(
                    reference.tolerance().compare("images", Pixels.toUnitRange(samples), reference.tensor("images")));
        }
    }

    /** The model's path is relative to the folder that holds the cases' folder. */
    private static Path model(ReferenceCase reference) {
        JsonNode model = reference.setting("model");
        for (Path folder = reference.folder().toAbsolutePath().normalize();
                folder != null;
                folder = folder.getParent()) {
            Path candidate = folder.resolve(model.asText());
            if (Files.isDirectory(candidate)) {
                return candidate;
            }
        }
        throw new Diffusion4jException(String.format(
                Locale.ROOT,
                "%s, 'model': expected a folder '%s' beside the cases' folder, found none",
                reference.folder().resolve("case.json"),
                model.asText()));
    }
}
