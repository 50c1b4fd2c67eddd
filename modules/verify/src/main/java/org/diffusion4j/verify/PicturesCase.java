package org.diffusion4j.verify;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.picture.Pixels;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.diffusers.ModelSettings;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Pictures for given seeds and labels, from the noise through network, guidance and sampler to the result. */
final class PicturesCase {
    private PicturesCase() {}

    static List<Comparison> verify(ReferenceCase reference, Function<SameDiff, NoisePredictor> engine) {
        CaseOptions whole = reference.whole();
        int nullLabel = whole.integer("null_label");
        SchedulerKind kind = SchedulerKind.ofClass(whole.text("scheduler"))
                .orElseThrow(() -> new Diffusion4jException(String.format(
                        Locale.ROOT,
                        "%s, scheduler: expected the class of one that there is, found '%s'",
                        reference.folder().resolve("case.json"),
                        whole.text("scheduler"))));
        List<Integer> labels = whole.integers("labels");
        SampleRequest request = SampleRequest.images(labels.size())
                .labels(labels)
                .seed(whole.wholeNumber("seed"))
                .sampler(kind)
                .steps(whole.integer("num_inference_steps"))
                .guidanceScale(whole.number("guidance"))
                .samplerOptions(options(whole, kind))
                .build();
        try (DiffusersModel model = DiffusersFolder.read(model(reference));
                DiffusionPipeline pipeline = DiffusionPipeline.of(changed(model, reference, kind, nullLabel), engine)) {
            INDArray samples = Nd4j.pile(pipeline.sample(request).stream()
                    .map(GeneratedImage::sample)
                    .toList());
            return List.of(
                    reference.tolerance().compare("images", Pixels.toUnitRange(samples), reference.tensor("images")));
        }
    }

    /** The case's model with the scheduler and the null label that the case asks for. */
    private static DiffusersModel changed(
            DiffusersModel model, ReferenceCase reference, SchedulerKind kind, int nullLabel) {
        Map<String, Object> keys = new LinkedHashMap<>(model.schedulerKeys());
        keys.putAll(reference.values("scheduler_config_changes"));
        return model.withScheduler(kind.of(keys))
                .withSettings(new ModelSettings(
                        List.of(), nullLabel, new ModelSettings.Sampling(null, null, null, Map.of())));
    }

    private static Map<String, Object> options(CaseOptions whole, SchedulerKind kind) {
        return kind == SchedulerKind.DDIM
                ? Map.of(
                        "eta",
                        whole.number("eta", 0),
                        "use_clipped_model_output",
                        whole.flag("use_clipped_model_output", false))
                : Map.of();
    }

    /** The path of the model, which is relative to the folder that contains the cases' folder. */
    private static Path model(ReferenceCase reference) {
        String model = reference.whole().text("model");
        for (Path folder = reference.folder().toAbsolutePath().normalize();
                folder != null;
                folder = folder.getParent()) {
            Path candidate = folder.resolve(model);
            if (Files.isDirectory(candidate)) {
                return candidate;
            }
        }
        throw new Diffusion4jException(String.format(
                Locale.ROOT,
                "%s, 'model': expected a folder '%s' beside the cases' folder, found none",
                reference.folder().resolve("case.json"),
                model));
    }
}
