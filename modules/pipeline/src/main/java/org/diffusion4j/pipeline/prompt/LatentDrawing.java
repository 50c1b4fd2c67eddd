package org.diffusion4j.pipeline.prompt;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.diffusion4j.diffusion.Guidance;
import org.diffusion4j.diffusion.sampler.Walk;
import org.diffusion4j.engine.GraphEngine;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionGraph;
import org.diffusion4j.pipeline.Conditioning;
import org.diffusion4j.pipeline.Denoising;
import org.diffusion4j.pipeline.SamplingStep;
import org.diffusion4j.pipeline.UnfinishedArrays;
import org.diffusion4j.pipeline.part.GraphOpener;
import org.diffusion4j.pipeline.part.Rows;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.lora.AdaptedWeights;
import org.diffusion4j.weights.lora.LoraSet;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Draws a plan's latents, some pictures at a time.
 *
 * @param model the model
 * @param plan what is drawn
 * @param opener opens the engines
 * @param listener looks on
 */
record LatentDrawing(PromptModel model, PromptPlan plan, GraphOpener opener, PromptListener listener) {
    /** How many numbers of a channel go through the network together, if there are several pictures: one picture of 512×512. */
    private static final int TOGETHER = 64 * 64;

    /** Draws all latents, [N, L, h, w], which belong to the caller. */
    INDArray draw(LatentTask task, LatentNoise noise) {
        boolean guided = new PromptPlanner(model).isGuided(plan.guidanceScale());
        try (TextConditioning text = TextConditioning.of(model, plan, guided, opener)) {
            Cancelled.check(listener);
            int length = model.encoders().get(0).length();
            try (Component<UNet2DConditionConfig> unet =
                            model.parts().network(PipelineFolder.UNET, UNet2DConditionConfig.class);
                    LoraSet loras = model.additions().open();
                    ControlNetworks controls = ControlNetworks.open(model, plan, opener, length, listener);
                    GraphEngine engine = open(unet, loras, length, !controls.isEmpty())) {
                return drawParts(task, noise, text, controls, engine);
            }
        }
    }

    private GraphEngine open(Component<UNet2DConditionConfig> unet, LoraSet loras, int length, boolean residuals) {
        AdaptedWeights adapted = loras.adapted(
                PipelineFolder.UNET, unet.tensors(), model.additions().form());
        SampleSize size = model.space().sampleSize(plan.size());
        return opener.open(
                UNet2DConditionGraph.of(unet.config())
                        .size(size.height(), size.width())
                        .contextLength(length)
                        .residuals(residuals)
                        .branches(adapted.branches())
                        .sharedWeights(adapted.weights())
                        .build(),
                List.of(UNet2DConditionGraph.OUTPUT));
    }

    private INDArray drawParts(
            LatentTask task, LatentNoise noise, TextConditioning text, ControlNetworks controls, GraphEngine engine) {
        SampleSize size = model.space().sampleSize(plan.size());
        int together = noise.isOne()
                ? plan.images()
                : Math.min(plan.images(), Math.max(1, TOGETHER / (size.height() * size.width())));
        int parts = (plan.images() + together - 1) / together;
        try (UnfinishedArrays drawn = new UnfinishedArrays()) {
            for (int part = 0; part < parts; part++) {
                int first = part * together;
                LatentTask.Part pictures = new LatentTask.Part(
                        first,
                        Math.min(together, plan.images() - first),
                        noise,
                        plan.sampler(),
                        plan.firstStep(),
                        model.space().channels(),
                        size.height(),
                        size.width());
                PromptProgress begun = new PromptProgress(first, pictures.images(), part, parts, null);
                try (StartingLatents start = task.start(pictures);
                        Conditioned conditioned = conditioned(text, pictures)) {
                    listener.started(start.latents());
                    LatentNetwork network = new LatentNetwork(engine, controls, start.further(), first, listener);
                    drawn.add(new Denoising(network, plan.sampler(), conditioned.atStep())
                            .denoise(
                                    start.latents(),
                                    plan.firstStep(),
                                    () -> noise.next(first, pictures.images(), pictures.shape()),
                                    companion(start, begun),
                                    model.isConsistency() ? Walk::denoised : Walk::sample));
                }
            }
            return Rows.joined(drawn.take().toArray(INDArray[]::new));
        }
    }

    private Denoising.Companion companion(StartingLatents start, PromptProgress begun) {
        return (step, output, walk) -> {
            if (start.blended() != null) {
                start.blended().blend(walk);
            }
            PromptProgress progress =
                    new PromptProgress(begun.first(), begun.images(), begun.part(), begun.parts(), step);
            listener.stepped(progress, output, walk.sample(), walk.denoised());
            if (!walk.done()) {
                Cancelled.check(listener);
            }
        };
    }

    /** What the network is told at each step. */
    private record Conditioned(Function<SamplingStep, Conditioning> atStep, List<Conditioning> all)
            implements AutoCloseable {
        @Override
        public void close() {
            all.forEach(Conditioning::close);
        }
    }

    private Conditioned conditioned(TextConditioning text, LatentTask.Part part) {
        if (text.negative().isEmpty()) {
            Conditioning plain = Conditioning.of(rows(text.inputs(), part));
            return new Conditioned(step -> plain, List.of(plain));
        }
        TextGuidance wanted = plan.request().guidance();
        Conditioning guided = Conditioning.guided(
                rows(text.inputs(), part),
                rows(text.negative(), part),
                new Guidance(plan.guidanceScale(), wanted.rescale()));
        if (wanted.start() <= 0 && wanted.end() >= 1) {
            return new Conditioned(step -> guided, List.of(guided));
        }
        Conditioning plain = Conditioning.of(rows(text.inputs(), part));
        return new Conditioned(
                step -> step.isWithin(wanted.start(), wanted.end()) ? guided : plain, List.of(guided, plain));
    }

    private static Map<String, INDArray> rows(Map<String, INDArray> inputs, LatentTask.Part part) {
        Map<String, INDArray> rows = new LinkedHashMap<>();
        inputs.forEach((name, array) -> rows.put(name, Rows.ofPictures(array, part.first(), part.images())));
        return rows;
    }
}
