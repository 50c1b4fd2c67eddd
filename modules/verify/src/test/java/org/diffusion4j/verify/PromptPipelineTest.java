package org.diffusion4j.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.graph.vae.AutoencoderKLConfig;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.pipeline.SamplingStep;
import org.diffusion4j.pipeline.part.Autoencoder;
import org.diffusion4j.pipeline.prompt.Control;
import org.diffusion4j.pipeline.prompt.PictureSizes;
import org.diffusion4j.pipeline.prompt.PictureSource;
import org.diffusion4j.pipeline.prompt.PreviewListener;
import org.diffusion4j.pipeline.prompt.PromptListener;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.pipeline.prompt.PromptPlan;
import org.diffusion4j.pipeline.prompt.PromptProgress;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.diffusion4j.pipeline.prompt.TextGuidance;
import org.diffusion4j.weights.diffusers.Component;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** With the small folders of the reference cases, whose pictures are compared with diffusers' elsewhere. */
class PromptPipelineTest {
    private static final Map<String, PromptPipeline> OPEN = new ConcurrentHashMap<>();

    private static PromptPipeline open(String name) {
        return OPEN.computeIfAbsent(
                name,
                any -> PromptPipeline.open(
                        ReferenceCasesTest.GOLDENS.resolve("pipeline-" + name + "-tiny"),
                        EngineKind.AUTO,
                        2,
                        Precision.FP32));
    }

    private static PromptRequest.Builder cats(String... prompts) {
        return PromptRequest.of(prompts).sampler(SchedulerKind.EULER_ANCESTRAL).steps(2);
    }

    @Test
    void aPictureIsTheSameInAnyBatch() {
        PromptPipeline pipeline = open("sd");
        String[] prompts = {"a cat", "two cats", "a dog"};
        List<GeneratedImage> together =
                pipeline.draw(cats(prompts).negative("blurry").seed(5).build());
        for (int i = 0; i < prompts.length; i += 2) {
            List<GeneratedImage> alone = pipeline.draw(
                    cats(prompts[i]).negative("blurry").seed(5 + i).build());
            assertEquals(alone.get(0).sample(), together.get(i).sample(), "picture " + i);
        }
    }

    @Test
    void sizesThatNoLevelDividesAreDrawn() {
        INDArray picture =
                open("sd").draw(cats("a cat").size(22, 18).build()).get(0).sample();
        assertEquals(List.of(3L, 18L, 22L), List.of(picture.size(0), picture.size(1), picture.size(2)));
    }

    @Test
    void picturesOfAPromptAreNextToEachOther() {
        List<GeneratedImage> four = open("sd")
                .draw(cats("a cat", "a dog").imagesPerPrompt(2).seed(9).build());
        assertEquals(
                List.of("a cat", "a cat", "a dog", "a dog"),
                four.stream().map(image -> image.metadata().get("prompt")).toList());
        assertEquals(
                List.of(9L, 10L, 11L, 12L),
                four.stream().map(GeneratedImage::seed).toList());
        assertEquals("euler-ancestral", four.get(0).metadata().get("sampler"));
    }

    /** Keeps how many rows the network is given at each step. */
    private static List<Long> rows(String name, PromptRequest request) {
        List<Long> rows = new ArrayList<>();
        PromptPipeline pipeline = open(name);
        pipeline.draw(pipeline.plan(request), new PromptListener() {
            @Override
            public void entered(SamplingStep step, Map<String, INDArray> inputs) {
                rows.add(inputs.get("sample").size(0));
            }
        });
        return rows;
    }

    @Test
    void withoutGuidanceAPictureGoesThroughTheNetworkOnce() {
        assertEquals(
                List.of(1L, 1L), rows("sd", cats("a cat").guidanceScale(0.0).build()));
        assertEquals(
                List.of(2L, 2L), rows("sd", cats("a cat").guidanceScale(1.1).build()));
        assertEquals(
                List.of(1L, 1L),
                rows(
                        "lcm",
                        PromptRequest.of("a cat").steps(2).guidanceScale(8.0).build()));
    }

    @Test
    void guidanceMayBeLimitedToSomeSteps() {
        TextGuidance middle = new TextGuidance(5.0, 0, 0.25, 0.75);
        assertEquals(
                List.of(1L, 2L, 2L, 1L),
                rows("sd", cats("a cat").steps(4).guidance(middle).build()));
    }

    @Test
    void drawingEndsBetweenStepsWhenItIsCancelled() {
        PromptPipeline pipeline = open("sd");
        List<Integer> steps = new ArrayList<>();
        PromptPlan plan = pipeline.plan(cats("a cat").steps(5).build());
        assertThrows(
                CancellationException.class,
                () -> pipeline.draw(plan, new PromptListener() {
                    @Override
                    public boolean isCancelled() {
                        return steps.size() == 2;
                    }

                    @Override
                    public void stepped(PromptProgress progress, INDArray output, INDArray latents, INDArray denoised) {
                        assertEquals(5, progress.total());
                        steps.add(progress.done());
                    }
                }));
        assertEquals(List.of(1, 2), steps);
    }

    /** In the text encoder, the U-Net and the autoencoder, while they are opened and while they run. */
    @Test
    void drawingEndsInTheMiddleOfANetworkWhenItIsCancelled() {
        PromptPipeline pipeline = open("sd");
        PromptPlan plan = pipeline.plan(cats("a cat").steps(2).build());
        AtomicInteger all = new AtomicInteger();
        INDArray expected =
                pipeline.draw(plan, cancelledAt(Integer.MAX_VALUE, all)).get(0).sample();
        for (int i = 1; i <= 5; i++) {
            int question = all.get() * i / 5 - 1;
            AtomicInteger asked = new AtomicInteger();
            assertThrows(CancellationException.class, () -> pipeline.draw(plan, cancelledAt(question, asked)));
            assertTrue(asked.get() < question + 4, () -> asked + " questions, cancelled at " + question);
        }
        assertEquals(expected, pipeline.draw(plan, PromptListener.NOBODY).get(0).sample());
    }

    private static PromptListener cancelledAt(int question, AtomicInteger asked) {
        return new PromptListener() {
            @Override
            public boolean isCancelled() {
                return asked.incrementAndGet() >= question;
            }
        };
    }

    @Test
    void previewsAreShownAfterEverySecondStep() {
        PromptPipeline pipeline = open("sd");
        PromptPlan plan = pipeline.plan(cats("a cat", "a dog").steps(5).build());
        List<String> shown = new ArrayList<>();
        pipeline.draw(
                plan,
                new PreviewListener(
                        2,
                        pipeline.linearPreview(),
                        (progress, pictures) -> shown.add(progress.step().number() + ": " + pictures.size() + " of "
                                + pictures.get(0).getWidth()),
                        PromptListener.NOBODY));
        assertEquals(List.of("2: 2 of 8", "4: 2 of 8"), shown);
    }

    @Test
    void aLinearPreviewHasTheColourThatTheAutoencoderMakesOfIt() {
        PromptPipeline pipeline = open("sd");
        INDArray latents = Nd4j.zeros(1, 4, 8, 8);
        INDArray preview = pipeline.linearPreview().pictures(latents);
        try (Component<AutoencoderKLConfig> vae = pipeline.parts().network("vae", AutoencoderKLConfig.class)) {
            INDArray decoded =
                    Autoencoder.of(vae, EngineKind.AUTO, 1, Precision.FP32).decode(latents);
            for (int colour = 0; colour < 3; colour++) {
                double mean = decoded.slice(0).slice(colour).meanNumber().doubleValue();
                assertEquals(mean, preview.getDouble(0, colour, 3, 5), 1e-5);
            }
        }
    }

    @Test
    void whatFindsNoRoomIsNoted() {
        PromptPlan plan = open("sd").plan(cats("a photo of a cat ".repeat(5)).build());
        assertEquals(1, plan.notes().size());
        assertTrue(
                plan.notes().get(0).startsWith("prompt: expected at most 18 tokens, cut off: '"),
                plan.notes()::toString);
        PromptPlan unguided = open("sd")
                .plan(cats("a cat").negative("blurry").guidanceScale(1.0).build());
        assertEquals(List.of("negative prompt: has no effect, as there is no guidance"), unguided.notes());
    }

    @Test
    void whatIsKeptOfAPictureStaysAsItIs() {
        INDArray picture = Nd4j.rand(1, 3, 16, 16);
        INDArray mask = Nd4j.zeros(1, 1, 16, 16);
        PromptPipeline pipeline = open("sd");
        INDArray[] drawn = new INDArray[2];
        for (int i = 0; i < 2; i++) {
            drawn[i] = pipeline.draw(cats(i == 0 ? "a cat" : "a dog")
                            .source(new PictureSource(picture, mask, 0.5))
                            .steps(4)
                            .build())
                    .get(0)
                    .sample();
        }
        assertEquals(drawn[0], drawn[1]);
    }

    @TestFactory
    Stream<DynamicTest> whatTheModelCannotDoIsRefusedInOneLine() {
        INDArray picture = Nd4j.zeros(1, 3, 16, 16);
        INDArray large = Nd4j.zeros(1, 3, 32, 16);
        INDArray mask = Nd4j.zeros(1, 1, 16, 16);
        Map<String, Supplier<PromptRequest.Builder>> wrong = new LinkedHashMap<>();
        wrong.put("mask: expected the init image's size 16x32, found 16x16", () -> cats("a")
                .source(new PictureSource(large, mask, null)));
        wrong.put("strength: expected a number above 0 and at most 1, found 1.5", () -> cats("a")
                .initImage(picture, 1.5));
        wrong.put("strength: expected enough for one of 2 steps, found 0.3", () -> cats("a")
                .initImage(picture, 0.3));
        wrong.put(
                "init image: expected the size that is drawn, 16x16, found 16x32",
                () -> cats("a").size(16, 16).initImage(large, 0.5));
        wrong.put("size: expected multiples of 2, found 17x16", () -> cats("a").size(17, 16));
        wrong.put("control 'edges': expected none, as the model has no ControlNet", () -> cats("a")
                .control(Control.of("edges", picture)));
        wrong.put("guess mode: expected a control, found none", () -> cats("a").guessMode(true));
        wrong.put("second prompt: expected none, as the model has one text encoder", () -> cats("a")
                .second("b"));
        wrong.put("sizes: expected none, as the model isn't told of sizes", () -> cats("a")
                .negativeSizes(List.of(PictureSizes.DRAWN)));
        wrong.put("guidance rescale and steps: expected none, as there is no guidance", () -> cats("a")
                .guidance(new TextGuidance(1.0, 0.5, 0, 1)));
        wrong.put("churn: expected none, as EulerAncestralDiscreteScheduler has no such option", () -> cats("a")
                .samplerOptions(Map.of("churn", 1)));
        wrong.put(
                "original_inference_steps: expected none, as EulerAncestralDiscreteScheduler takes none",
                () -> cats("a").originalSteps(10));
        wrong.put("negative prompt: expected one, or one for each prompt (3), found 2", () -> cats("a", "b", "c")
                .negative("d", "e"));
        wrong.put("init image: expected one, or one for each picture (3), found 2", () -> cats("a", "b", "c")
                .initImage(Nd4j.zeros(2, 3, 16, 16), null));
        wrong.put("prompt: expected at least one, found none", () -> cats());
        return wrong.entrySet().stream()
                .map(one -> DynamicTest.dynamicTest(one.getKey(), () -> {
                    PromptPipeline pipeline = open("sd");
                    RuntimeException refusal = assertThrows(
                            RuntimeException.class,
                            () -> pipeline.plan(one.getValue().get().build()));
                    assertTrue(
                            refusal instanceof Diffusion4jException || refusal instanceof IllegalArgumentException,
                            refusal::toString);
                    assertTrue(refusal.getMessage().startsWith(one.getKey()), refusal.getMessage());
                }));
    }

    @Test
    void theOutputsOfSeveralControlNetsAreAddedUp(@TempDir Path folder) throws IOException {
        Path source = ReferenceCasesTest.GOLDENS.resolve("pipeline-controlnet-tiny");
        try (Stream<Path> paths = Files.walk(source)) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                String name = source.relativize(path).toString();
                for (String copy : List.of(name, name.replace("controlnet", "controlnet_1"))) {
                    Files.createDirectories(folder.resolve(copy).getParent());
                    Files.write(folder.resolve(copy), Files.readAllBytes(path));
                }
            }
        }
        Path index = folder.resolve("model_index.json");
        Files.writeString(index, Files.readString(index).replace("ControlNetModel", "MultiControlNetModel"));
        INDArray picture = Nd4j.rand(1, 3, 16, 16);
        GeneratedImage one = open("controlnet")
                .draw(cats("a cat")
                        .control(new Control("controlnet", picture, 0.8, 0, 1))
                        .build())
                .get(0);
        GeneratedImage two = PromptPipeline.open(folder)
                .draw(cats("a cat")
                        .control(new Control("controlnet", picture, 0.5, 0, 1))
                        .control(new Control("controlnet_1", picture, 0.3, 0, 1))
                        .build())
                .get(0);
        assertTrue(one.sample().equalsWithEps(two.sample(), 1e-4));
    }

    @Test
    void unknownControlIsRefusedWithThoseThatThereAre() {
        PromptRequest request = cats("a")
                .control(Control.of("controlnt", Nd4j.zeros(1, 3, 16, 16)))
                .build();
        String message = assertThrows(
                        Diffusion4jException.class, () -> open("controlnet").plan(request))
                .getMessage();
        assertEquals(
                "control 'controlnt': expected controlnet, found an unknown one (did you mean controlnet?)", message);
    }

    @Test
    void modelsThatDrawByClassesAreRefused() {
        Path folder = ReferenceCasesTest.GOLDENS.resolve("pipeline-ddpm-tiny");
        assertThrows(Diffusion4jException.class, () -> PromptPipeline.open(folder));
    }
}
