package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.graph.cliptext.ClipTextConfig;
import org.diffusion4j.graph.vae.AutoencoderKLConfig;
import org.diffusion4j.pipeline.part.Autoencoder;
import org.diffusion4j.pipeline.part.TextEncoder;
import org.diffusion4j.pipeline.part.TextState;
import org.diffusion4j.pipeline.prompt.LatentNoise;
import org.diffusion4j.pipeline.prompt.PictureSource;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.pipeline.prompt.PromptPlan;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.diffusion4j.pipeline.prompt.TextGuidance;
import org.diffusion4j.text.ClipTokenizer;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** A Stable Diffusion pipeline whose random numbers the case has: its parts, then its runs with several samplers. */
final class PipelineSdCase {
    private final ReferenceCase reference;
    private final Tolerance tolerance;
    private final Engines engines;
    private final CaseOptions whole;

    private PipelineSdCase(ReferenceCase reference, Engines engines) {
        this.reference = reference;
        this.tolerance = reference.tolerance();
        this.engines = engines;
        this.whole = reference.whole();
    }

    static List<Comparison> verify(ReferenceCase reference, Engines engines) {
        PipelineSdCase cases = new PipelineSdCase(reference, engines);
        PromptPipeline pipeline = PromptPipeline.open(reference.folder(), engines::openGraph);
        List<Comparison> result = new ArrayList<>();
        cases.compareTexts(pipeline.parts(), "prompts", "prompt", result);
        cases.compareTexts(pipeline.parts(), "negative_prompts", "negative", result);
        cases.compareSource(pipeline.parts(), result);
        reference
                .setting("runs")
                .properties()
                .forEach(run -> result.addAll(cases.run(pipeline, run.getKey(), run.getValue())));
        return result;
    }

    private void compareTexts(PipelineParts parts, String texts, String name, List<Comparison> result) {
        ClipTokenizer tokenizer = ClipTokenizer.read(reference.folder().resolve(PipelineFolder.TOKENIZER));
        INDArray ids = Nd4j.createFromArray(whole.texts(texts).stream()
                .map(text -> tokenizer.encode(text).ids().stream()
                        .mapToLong(Integer::longValue)
                        .toArray())
                .toArray(long[][]::new));
        result.add(Tolerance.absolute(0).compare(name + "_ids", ids, reference.tensor(name + "_ids")));
        try (Component<ClipTextConfig> encoder = parts.network(PipelineFolder.TEXT_ENCODER, ClipTextConfig.class)) {
            INDArray hidden = new TextEncoder(encoder.config(), encoder.tensors(), engines::openGraph)
                    .encode(ids, null, TextState.stableDiffusion(0))
                    .hidden();
            result.add(tolerance.compare(name + "_embeds", hidden, reference.tensor(name + "_embeds")));
        }
    }

    private void compareSource(PipelineParts parts, List<Comparison> result) {
        try (Component<AutoencoderKLConfig> vae = parts.network(PipelineFolder.VAE, AutoencoderKLConfig.class)) {
            Autoencoder autoencoder = new Autoencoder(vae.config(), vae.tensors(), engines::openGraph);
            INDArray latents =
                    autoencoder.encode(reference.tensor("init_image")).sample(reference.tensor("vae_noise"));
            result.add(tolerance.compare(
                    "init_latents", autoencoder.scale().scaled(latents), reference.tensor("init_latents")));
            int factor = vae.config().sizeFactor();
            INDArray mask = reference.tensor("mask_image");
            INDArray nearest = mask.get(
                    NDArrayIndex.all(),
                    NDArrayIndex.all(),
                    NDArrayIndex.interval(0, factor, mask.size(2)),
                    NDArrayIndex.interval(0, factor, mask.size(3)));
            result.add(Tolerance.absolute(0).compare("latent_mask", nearest.dup('c'), reference.tensor("latent_mask")));
        }
    }

    private List<Comparison> run(PromptPipeline pipeline, String name, JsonNode settings) {
        CaseOptions run = new CaseOptions(reference, "runs/" + name, settings);
        boolean inpaints = name.startsWith("inpaint");
        boolean hasSource = inpaints || name.startsWith("img2img");
        String scheduler = run.text("scheduler");
        SchedulerKind kind = SchedulerKind.ofClass(scheduler)
                .orElseThrow(() -> new Diffusion4jException(String.format(
                        Locale.ROOT, "%s: expected a known scheduler, found '%s'", reference.folder(), scheduler)));
        PictureSource source = hasSource
                ? new PictureSource(
                        reference.tensor("init_image").div(2).addi(0.5),
                        inpaints ? reference.tensor("mask_image") : null,
                        run.number("strength"))
                : null;
        PromptRequest request = PromptRequest.of(whole.texts("prompts"))
                .negative(whole.texts("negative_prompts").toArray(String[]::new))
                .sampler(kind)
                // The case doesn't do what the pipeline for inpainting does with a scheduler.
                .samplerOptions(inpaints && kind == SchedulerKind.DDIM ? Map.of("clip_sample", false) : Map.of())
                .steps(run.integer("num_inference_steps"))
                .guidance(new TextGuidance(run.number("guidance_scale"), run.number("guidance_rescale"), 0, 1))
                .source(source)
                .build();
        PromptPlan plan = pipeline.plan(request);
        ComparedRun compared = new ComparedRun(reference, name, tolerance);
        compared.compare(plan, run);
        pipeline.draw(plan, compared, noise(hasSource, inpaints));
        return compared.result();
    }

    /** The case's own random numbers, in diffusers' order; it has none for what inpainting draws without needing it. */
    private LatentNoise noise(boolean hasSource, boolean inpaints) {
        Deque<INDArray> numbers = new ArrayDeque<>();
        if (hasSource) {
            numbers.add(reference.tensor("vae_noise"));
            numbers.add(reference.tensor("noise"));
        } else {
            numbers.add(reference.tensor("latents"));
        }
        if (inpaints) {
            numbers.add(Nd4j.zeros(DataType.FLOAT, reference.tensor("noise").shape()));
        }
        return new Given(numbers);
    }

    /** Numbers that are all drawn at once. */
    private record Given(Deque<INDArray> numbers) implements LatentNoise {
        @Override
        public INDArray next(int first, int images, long... shape) {
            return numbers.remove().dup('c');
        }

        @Override
        public INDArray nextEach(int first, int images, long... shape) {
            return next(first, images, shape);
        }

        @Override
        public boolean isOne() {
            return true;
        }
    }
}
