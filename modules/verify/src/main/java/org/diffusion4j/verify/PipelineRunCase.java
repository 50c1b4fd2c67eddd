package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleSupplier;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.pipeline.prompt.Control;
import org.diffusion4j.pipeline.prompt.PictureSizes;
import org.diffusion4j.pipeline.prompt.PictureSource;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.pipeline.prompt.PromptPlan;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.diffusion4j.pipeline.prompt.Prompts;
import org.diffusion4j.pipeline.prompt.TextGuidance;
import org.diffusion4j.text.ClipTokenizer;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Runs of diffusers' own pipelines with a folder: from prompts and seeds to pictures. */
final class PipelineRunCase {
    private final ReferenceCase reference;
    private final String run;
    private final CaseOptions options;
    private final CaseOptions call;
    private final CaseOptions tensors;

    private PipelineRunCase(ReferenceCase reference, String run, JsonNode settings) {
        this.reference = reference;
        this.run = run;
        this.options = new CaseOptions(reference, "runs/" + run, settings);
        this.call = new CaseOptions(reference, "runs/" + run + "/call", settings.path("call"));
        this.tensors = new CaseOptions(reference, "runs/" + run + "/call_tensors", settings.path("call_tensors"));
    }

    static List<Comparison> verify(ReferenceCase reference, Engines engines) {
        PromptPipeline pipeline = PromptPipeline.open(reference.folder(), engines::openGraph);
        List<Comparison> result = new ArrayList<>();
        if (reference.setting("runs").isEmpty()) {
            return List.of(Comparison.failed("runs", "no run to compare"));
        }
        JsonNode first = reference.setting("runs").elements().next().path("call");
        compareIds(reference, "prompt_ids", first.path("prompt"), result);
        compareIds(reference, "prompt_ids_2", first.path("prompt"), result);
        compareIds(reference, "negative_ids", first.path("negative_prompt"), result);
        reference
                .setting("runs")
                .properties()
                .forEach(each ->
                        result.addAll(new PipelineRunCase(reference, each.getKey(), each.getValue()).verify(pipeline)));
        return result;
    }

    /** The token ids of the first run's texts, if the case has them. */
    private static void compareIds(ReferenceCase reference, String name, JsonNode texts, List<Comparison> result) {
        if (reference.has(name)) {
            String part = name.endsWith("_2") ? PipelineFolder.TOKENIZER_2 : PipelineFolder.TOKENIZER;
            ClipTokenizer tokenizer = ClipTokenizer.read(reference.folder().resolve(part));
            List<long[]> ids = new ArrayList<>();
            texts.forEach(text -> ids.add(tokenizer.encode(text.asText()).ids().stream()
                    .mapToLong(Integer::longValue)
                    .toArray()));
            result.add(Tolerance.absolute(0)
                    .compare(name, Nd4j.createFromArray(ids.toArray(long[][]::new)), reference.tensor(name)));
        }
    }

    private List<Comparison> verify(PromptPipeline pipeline) {
        CaseOptions by = new CaseOptions(
                reference, "tolerance", options.object("tolerance").orElseThrow());
        Tolerance tolerance = new Tolerance(by.number("atol"), by.number("rtol"), by.number("floor", 1));
        PromptPlan plan = pipeline.plan(request());
        call.checkNothingIgnored();
        tensors.checkNothingIgnored();
        ComparedRun compared = new ComparedRun(reference, run, tolerance);
        compared.compare(plan, options);
        pipeline.draw(plan, compared);
        return compared.result();
    }

    private PromptRequest request() {
        int perPrompt = call.integer("num_images_per_prompt", 1);
        Prompts prompts = new Prompts(
                texts("prompt"),
                texts("prompt_2"),
                texts("negative_prompt"),
                texts("negative_prompt_2"),
                perPrompt,
                call.integer("clip_skip", 0));
        boolean one = options.text("generator").equals("single");
        List<Long> seeds =
                options.integers("seeds").stream().map(Integer::longValue).toList();
        int images = prompts.images();
        boolean controls = options.text("pipeline").contains("ControlNet");
        return new PromptRequest(
                prompts,
                one ? Collections.nCopies(images, seeds.get(0)) : seeds,
                one,
                size(),
                kind(),
                call.integer("num_inference_steps"),
                call.has("original_inference_steps") ? call.integer("original_inference_steps") : null,
                samplerOptions(),
                guidance(),
                controls ? null : source(),
                controls ? controls() : List.of(),
                call.flag("guess_mode", false),
                sizes(images, true),
                sizes(images, false));
    }

    private List<String> texts(String name) {
        return call.has(name) ? call.texts(name) : List.of();
    }

    private SampleSize size() {
        return call.has("height") ? new SampleSize(call.integer("height"), call.integer("width")) : null;
    }

    private SchedulerKind kind() {
        String name = options.text("scheduler");
        return SchedulerKind.ofClass(name)
                .orElseThrow(() -> new Diffusion4jException(String.format(
                        Locale.ROOT,
                        "%s, runs/%s/scheduler: expected the class of one that there is, found '%s'",
                        reference.folder().resolve("case.json"),
                        run,
                        name)));
    }

    private Map<String, Object> samplerOptions() {
        Map<String, Object> changes = new LinkedHashMap<>(options.values("scheduler_config_changes"));
        if (call.has("eta")) {
            changes.put("eta", call.number("eta"));
        }
        return changes;
    }

    private TextGuidance guidance() {
        Double scale = call.has("guidance_scale") ? call.number("guidance_scale") : null;
        return new TextGuidance(scale, call.number("guidance_rescale", 0), 0, 1);
    }

    private PictureSource source() {
        if (!tensors.has("image")) {
            return null;
        }
        INDArray mask = tensors.has("mask_image") ? reference.tensor(tensors.text("mask_image")) : null;
        Double strength = call.has("strength") ? call.number("strength") : null;
        return new PictureSource(reference.tensor(tensors.text("image")), mask, strength);
    }

    /** One ControlNet has one name of a tensor, several have a list of them; so have their numbers. */
    private List<Control> controls() {
        List<String> images = tensors.textOrTexts("image");
        List<Control> controls = new ArrayList<>();
        for (int i = 0; i < images.size(); i++) {
            controls.add(new Control(
                    i == 0 ? "controlnet" : "controlnet_" + i,
                    reference.tensor(images.get(i)),
                    numberOf("controlnet_conditioning_scale", i, () -> 1),
                    numberOf("control_guidance_start", i, () -> 0),
                    numberOf("control_guidance_end", i, () -> 1)));
        }
        return controls;
    }

    private double numberOf(String name, int index, DoubleSupplier otherwise) {
        if (!call.has(name)) {
            return otherwise.getAsDouble();
        }
        List<Double> numbers = call.numberOrNumbers(name);
        return numbers.get(numbers.size() == 1 ? 0 : index);
    }

    /**
     * The sizes that each row of the network's batch is told. Negative ones count only if both sizes are given. Diffusers then repeats
     * the two rows in turns, negative and positive, whereas all of the batch's negative prompts come first.
     */
    private List<PictureSizes> sizes(int images, boolean positive) {
        PictureSizes told = sizes("");
        PictureSizes negative = sizes("negative_");
        if (negative.original() == null || negative.target() == null) {
            return positive ? List.of(told) : List.of();
        }
        List<PictureSizes> each = new ArrayList<>();
        for (int i = 0; i < images; i++) {
            int row = positive ? images + i : i;
            each.add(row % 2 == 0 ? negative : told);
        }
        return each;
    }

    private PictureSizes sizes(String prefix) {
        List<Integer> crop = call.has(prefix + "crops_coords_top_left")
                ? call.integers(prefix + "crops_coords_top_left")
                : List.of(0, 0);
        return new PictureSizes(
                sizeOrNull(prefix + "original_size"), crop.get(0), crop.get(1), sizeOrNull(prefix + "target_size"));
    }

    private SampleSize sizeOrNull(String name) {
        if (!call.has(name)) {
            return null;
        }
        List<Integer> size = call.integers(name);
        return new SampleSize(size.get(0), size.get(1));
    }
}
