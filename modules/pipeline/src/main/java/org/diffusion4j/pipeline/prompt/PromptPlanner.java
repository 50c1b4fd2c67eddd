package org.diffusion4j.pipeline.prompt;

import static org.diffusion4j.Requirement.requireGiven;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.NearestNames;
import org.diffusion4j.diffusion.sampler.Sampler;
import org.diffusion4j.diffusion.sampler.Steps;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.controlnet.ControlNetConfig;
import org.diffusion4j.pipeline.SamplerChoice;
import org.diffusion4j.pipeline.SamplerSource;
import org.diffusion4j.pipeline.prompt.PromptPlan.Task;
import org.diffusion4j.weights.diffusers.ModelSettings;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Makes plans from requests, which are checked against a model. What isn't asked for is as in diffusers' pipelines. */
record PromptPlanner(PromptModel model) {
    PromptPlan plan(PromptRequest request) {
        requireGiven(
                !model.encoders().isEmpty(),
                "prompt",
                "a model with a text encoder",
                "none in " + model.parts().place());
        checkSecond(request);
        checkControls(request);
        checkSizes(request);
        Task task = task(request);
        SampleSize size = size(request);
        checkPictures(request, size);
        ModelSettings.Sampling best = model.parts().settings().sampling();
        SamplerChoice choice = new SamplerSource(model.parts().scheduler().kind(), schedulerKeys(request, task), best)
                .choose(request.sampler(), request.samplerOptions(), request.steps(), usual -> usualSteps());
        double strength = strength(request, task);
        Sampler sampler = sampler(request, choice, strength);
        int first = model.isConsistency() ? 0 : firstStep(choice.steps(), strength, sampler.order());
        Double scale = request.guidance().scale() != null ? request.guidance().scale() : best.guidance();
        double guidance = scale != null ? scale : model.usualGuidance();
        checkGuidance(request, guidance);
        return new PromptPlan(
                request, task, size, choice, sampler, first, guidance, strength, notes(request, guidance));
    }

    private void checkSecond(PromptRequest request) {
        boolean given = !request.prompts().second().isEmpty()
                || !request.prompts().negativeSecond().isEmpty();
        requireGiven(
                !given || model.encoders().size() == 2,
                "second prompt",
                "none, as the model has one text encoder",
                "one");
    }

    private void checkControls(PromptRequest request) {
        List<String> known = model.parts().controlNets();
        List<String> seen = new ArrayList<>();
        for (Control control : request.controls()) {
            String name = control.name();
            if (!known.contains(name)) {
                String question = NearestNames.question(name, known);
                throw new Diffusion4jException("control '" + name + "': expected "
                        + (known.isEmpty() ? "none, as the model has no ControlNet" : NearestNames.either(known))
                        + ", found an unknown one" + (question.isEmpty() ? "" : " (" + question + ")"));
            }
            requireGiven(!seen.contains(name), "control '" + name + "'", "each once", "it twice");
            seen.add(name);
        }
        requireGiven(!request.guessMode() || !request.controls().isEmpty(), "guess mode", "a control", "none");
    }

    private void checkSizes(PromptRequest request) {
        boolean told = !request.sizes().equals(List.of(PictureSizes.DRAWN))
                || !request.negativeSizes().isEmpty();
        requireGiven(!told || model.isXl(), "sizes", "none, as the model isn't told of sizes", "some");
    }

    private Task task(PromptRequest request) {
        PictureSource source = request.source();
        Task task = source == null ? Task.TEXT_TO_IMAGE : source.mask() == null ? Task.IMAGE_TO_IMAGE : Task.INPAINTING;
        requireGiven(
                !model.fillsIn() || task == Task.INPAINTING,
                "mask",
                "one, with an init image, as the model fills in pictures",
                "none");
        return task;
    }

    private SampleSize size(PromptRequest request) {
        SampleSize size = request.size();
        if (size == null && request.source() != null) {
            size = sizeOf(request.source().image());
        }
        if (size == null && !request.controls().isEmpty()) {
            size = sizeOf(request.controls().get(0).image());
        }
        if (size == null) {
            size = model.usualSize();
            requireGiven(size != null, "size", "one, as the model has none of its own", "none");
        }
        int factor = model.space().factor();
        requireGiven(
                size.height() % factor == 0 && size.width() % factor == 0,
                "size",
                "multiples of " + factor,
                size.width() + "x" + size.height());
        return size;
    }

    private static SampleSize sizeOf(INDArray picture) {
        return new SampleSize(Math.toIntExact(picture.size(2)), Math.toIntExact(picture.size(3)));
    }

    private void checkPictures(PromptRequest request, SampleSize size) {
        if (request.source() != null) {
            INDArray image = request.source().image();
            checkPicture("init image", image, size);
            int colours = model.space().colours();
            requireGiven(
                    image.size(1) == colours,
                    "init image",
                    colours == 1 ? "a grey one, as the model draws them" : colours + " channels",
                    image.size(1) + (image.size(1) == 1 ? " channel" : " channels"));
        }
        for (Control control : request.controls()) {
            checkPicture("control '" + control.name() + "'", control.image(), size);
            int factor =
                    model.parts().config(control.name(), ControlNetConfig.class).pictureFactor();
            requireGiven(
                    factor == model.space().factor(),
                    "control '" + control.name() + "'",
                    "a ControlNet with a picture " + model.space().factor() + " times as large as a sample",
                    "one with a picture " + factor + " times as large");
        }
    }

    private static void checkPicture(String name, INDArray picture, SampleSize size) {
        requireGiven(
                sizeOf(picture).equals(size),
                name,
                "the size that is drawn, " + size.width() + "x" + size.height(),
                PictureSource.size(picture));
    }

    /**
     * The scheduler's keys as diffusers' pipeline of that name sees them: some pipelines change what old files have wrong, but not
     * those of ControlNets, of latent consistency models and of SDXL.
     */
    private Map<String, Object> schedulerKeys(PromptRequest request, Task task) {
        Map<String, Object> keys = new LinkedHashMap<>(model.parts().schedulerKeys());
        if (model.isXl() || model.isConsistency() || !request.controls().isEmpty()) {
            return keys;
        }
        keys.put("steps_offset", 1);
        if (task == Task.INPAINTING) {
            keys.put("skip_prk_steps", true);
        } else {
            keys.put("clip_sample", false);
        }
        return keys;
    }

    private int usualSteps() {
        return model.isConsistency() ? 4 : 50;
    }

    private double strength(PromptRequest request, Task task) {
        Double given = request.source() == null ? null : request.source().strength();
        if (given != null) {
            return given;
        }
        return switch (task) {
            case TEXT_TO_IMAGE, INPAINTING -> 1;
            case IMAGE_TO_IMAGE -> model.isXl() ? 0.3 : 0.8;
        };
    }

    private Sampler sampler(PromptRequest request, SamplerChoice choice, double strength) {
        double share = model.isConsistency() ? strength : 1;
        try {
            return choice.scheduler().sampler(new Steps(choice.steps(), null, null, request.originalSteps(), share));
        } catch (IllegalArgumentException e) {
            throw new Diffusion4jException(e.getMessage(), e);
        }
    }

    private static int firstStep(int steps, double strength, int order) {
        int done = Math.min((int) (steps * strength), steps);
        requireGiven(done >= 1, "strength", "enough for one of " + steps + " steps", strength);
        return (steps - done) * order;
    }

    private void checkGuidance(PromptRequest request, double scale) {
        TextGuidance guidance = request.guidance();
        boolean partly = guidance.rescale() > 0 || guidance.start() > 0 || guidance.end() < 1;
        requireGiven(
                !partly || isGuided(scale),
                "guidance rescale and steps",
                "none, as " + (scale > 1 ? "the model is told its guidance" : "there is no guidance"),
                "some");
    }

    /** Whether each picture goes through the network twice. */
    boolean isGuided(double scale) {
        return scale > 1 && model.unet().timeCondProjDim() == null;
    }

    private List<String> notes(PromptRequest request, double guidance) {
        List<String> notes = new ArrayList<>(model.parts().notes());
        Prompts prompts = request.prompts();
        for (int i = 0; i < model.encoders().size(); i++) {
            List<String> texts = new ArrayList<>(prompts.ofEncoder(i));
            if (isGuided(guidance)) {
                texts.addAll(prompts.negativeOfEncoder(i));
            }
            notes.addAll(model.encoders().get(i).warnings(texts));
        }
        boolean unused = !prompts.negative().isEmpty() && !isGuided(guidance);
        if (unused) {
            notes.add("negative prompt: has no effect, as "
                    + (guidance > 1 ? "the model is told its guidance" : "there is no guidance"));
        }
        return notes.stream().distinct().toList();
    }
}
