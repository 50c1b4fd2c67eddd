package org.diffusion4j.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.pipeline.prompt.Additions;
import org.diffusion4j.pipeline.prompt.PromptListener;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.pipeline.prompt.PromptPlan;
import org.diffusion4j.pipeline.prompt.PromptProgress;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.nd4j.linalg.api.ndarray.INDArray;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Draws pictures of prompts. */
final class PromptSampling {
    private final CommandSpec spec;
    private final PromptPipeline pipeline;

    PromptSampling(CommandSpec spec, PromptPipeline pipeline) {
        this.spec = spec;
        this.pipeline = pipeline;
    }

    static PromptSampling open(
            CommandSpec spec,
            LocatedModel model,
            SingleFileOption file,
            Additions additions,
            EngineOption engine,
            PrecisionOption precision) {
        PromptPipeline pipeline =
                PromptPipeline.open(file.open(model), engine.kind(), engine.threads(), precision.value());
        pipeline.notes().forEach(note -> spec.commandLine().getErr().println(model.place() + ": " + note));
        return new PromptSampling(spec, additions.equals(Additions.NONE) ? pipeline : pipeline.with(additions));
    }

    /** @param images pictures for each prompt */
    PromptPlan plan(PromptOptions prompt, SamplingOptions sampling, int images, long seed) {
        PromptRequest request;
        try {
            request = prompt.set(
                            sampling.set(PromptRequest.of(prompt.prompts()))
                                    .imagesPerPrompt(images)
                                    .seed(seed),
                            sampling.guidance(),
                            pipeline.space())
                    .build();
        } catch (IllegalArgumentException e) {
            // A request's values are named like the options that they come from.
            String[] name = e.getMessage().split(":", 2);
            throw new ParameterException(
                    spec.commandLine(), "--" + name[0].replace(' ', '-') + ":" + name[name.length - 1], e);
        }
        PromptPlan plan = pipeline.plan(request);
        plan.notes().forEach(spec.commandLine().getErr()::println);
        return plan;
    }

    List<GeneratedImage> draw(PromptPlan plan) {
        PrintWriter err = spec.commandLine().getErr();
        try (ShownProgress progress = ShownProgress.on(err)) {
            return pipeline.draw(plan, new PromptListener() {
                @Override
                public void stepped(PromptProgress step, INDArray output, INDArray latents, INDArray denoised) {
                    progress.done(step.done(), step.total());
                }
            });
        }
    }

    static String summary(String out, PromptPlan plan, double seconds) {
        return String.format(
                Locale.ROOT,
                "%s: %s by %s in %d %s, %.1f s",
                out,
                plan.images() == 1 ? "1 image" : plan.images() + " images",
                plan.choice().scheduler().kind().word(),
                plan.walkSteps(),
                plan.walkSteps() == 1 ? "step" : "steps",
                seconds);
    }
}
