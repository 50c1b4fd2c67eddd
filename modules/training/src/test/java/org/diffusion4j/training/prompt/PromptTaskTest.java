package org.diffusion4j.training.prompt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.pipeline.prompt.Additions;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.diffusion4j.training.Trainer;
import org.diffusion4j.training.TrainingListener;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.run.RunOptions;
import org.diffusion4j.training.run.TrainingRun;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.diffusion4j.weights.file.Sha256;
import org.diffusion4j.weights.lora.LoraFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromptTaskTest {
    private static final int PICTURES = 8;
    private static final String ADAPTER = "pytorch_lora_weights.safetensors";

    @TempDir
    Path temp;

    private PromptTask task(PipelineParts parts, TrainingPlan plan, Learning learning) {
        boolean latents = parts.has(PipelineFolder.VAE);
        return new PromptTask(
                parts,
                TinyPrompts.pictures(PICTURES, latents ? 3 : 1, TinyPrompts.SIDE),
                latents,
                TinyPrompts.captions(PICTURES),
                plan,
                learning,
                List.of());
    }

    /** Trains, and returns the loss of each step. */
    private static List<Double> train(PromptTask task, Path folder, RunOptions options) {
        List<Double> losses = new ArrayList<>();
        TrainingRun.Outcome outcome = new TrainingRun(task, folder, options, new TrainingListener() {
                    @Override
                    public void step(Trainer.Step step, double imagesPerSecond) {
                        losses.add(step.loss());
                    }
                })
                .run();
        assertEquals(TrainingRun.Outcome.DONE, outcome);
        return losses;
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    }

    private static List<Double> brightness(PromptPipeline pipeline, Additions additions) {
        return pipeline
                .with(additions)
                .draw(PromptRequest.of(TinyPrompts.COLOURS)
                        .steps(10)
                        .guidanceScale(2.0)
                        .build())
                .stream()
                .map(image -> image.sample().meanNumber().doubleValue())
                .toList();
    }

    private static PromptPipeline open(PipelineParts parts) {
        return PromptPipeline.open(parts, EngineKind.ONEDNN, 2, Precision.FP32);
    }

    @Test
    void aNewModelAndItsTextEncoderLearnWhatTheCaptionsSay() {
        PipelineParts parts = TinyPrompts.model(temp.resolve("base"), false);
        Path run = temp.resolve("run");
        List<Double> losses = train(
                task(parts, TinyPrompts.plan(150).build(), new Learning.Networks(true)),
                run,
                TinyPrompts.options().build());
        assertTrue(mean(losses.subList(120, 150)) < 0.5 * mean(losses.subList(0, 10)), losses.toString());
        List<Double> drawn = brightness(open(PipelineFolder.open(run)), Additions.NONE);
        assertTrue(drawn.get(1) - drawn.get(0) > 0.2, drawn.toString());
    }

    @Test
    void anAdapterLearnsBesideAModelThatKeepsAllItsBits() throws IOException {
        assertAnAdapterLearns(false);
    }

    @Test
    @Tag("slow")
    void anAdapterOfTheTextEncoderLearnsToo() throws IOException {
        assertAnAdapterLearns(true);
    }

    private void assertAnAdapterLearns(boolean textEncoder) throws IOException {
        Path base = temp.resolve("base");
        PipelineParts parts = TinyPrompts.model(base, true);
        Map<String, String> before = TinyPrompts.sums(base);
        List<String> layers = new ArrayList<>(List.of("to_q", "to_k", "to_v", "to_out.0", "conv1"));
        if (textEncoder) {
            layers.addAll(Learning.TEXT_ATTENTION);
        }
        Path run = temp.resolve("run");
        List<Double> losses = train(
                task(parts, TinyPrompts.plan(200).build(), new Learning.Adapter(4, 8, layers, textEncoder)),
                run,
                TinyPrompts.options().sampleEvery(200).build());
        assertTrue(mean(losses.subList(150, 200)) < 0.97 * mean(losses.subList(0, 20)), losses.toString());
        assertEquals(before, TinyPrompts.sums(base));
        assertTrue(Files.exists(run.resolve("samples/step-00000200.png")));
        try (LoraFile file = LoraFile.open(run.resolve(ADAPTER))) {
            assertEquals(
                    textEncoder ? List.of("text_encoder", "unet") : List.of("unet"),
                    file.modules().stream()
                            .map(module -> module.component())
                            .distinct()
                            .sorted()
                            .toList());
            assertTrue(file.modules().stream().anyMatch(module -> module.key()
                    .startsWith("unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q")));
        }
        List<Double> plain = brightness(open(parts), Additions.NONE);
        List<Double> peft = brightness(open(parts), Additions.NONE.lora(run.resolve(ADAPTER), 1));
        List<Double> kohya =
                brightness(open(parts), Additions.NONE.lora(run.resolve("kohya_lora_weights.safetensors"), 1));
        assertEquals(peft, kohya);
        assertTrue(!peft.equals(plain), "the adapter changes pictures");
    }

    @Test
    void aRunThatWasStoppedComesToTheSameBits() throws IOException {
        assertGoesOn(false, new Learning.Networks(true), "unet/diffusion_pytorch_model.safetensors");
    }

    @Test
    void anAdaptersRunThatWasStoppedComesToTheSameBits() throws IOException {
        assertGoesOn(true, new Learning.Adapter(2, 2, List.of("to_q"), false), ADAPTER);
    }

    private void assertGoesOn(boolean latents, Learning learning, String result) throws IOException {
        PipelineParts parts = TinyPrompts.model(temp.resolve("base"), latents);
        TrainingPlan plan = TinyPrompts.plan(5).noiseOffset(0.1).accumulation(2).build();
        RunOptions options = TinyPrompts.options().checkpointEvery(2).build();
        Path whole = temp.resolve("whole");
        List<Double> losses = train(task(parts, plan, learning), whole, options);
        Path stopped = temp.resolve("stopped");
        TrainingRun[] run = new TrainingRun[1];
        run[0] = new TrainingRun(task(parts, plan, learning), stopped, options, new TrainingListener() {
            @Override
            public void step(Trainer.Step step, double imagesPerSecond) {
                if (step.number() == 3) {
                    run[0].stop();
                }
            }
        });
        assertEquals(TrainingRun.Outcome.STOPPED, run[0].run());
        List<Double> rest = train(
                task(parts, plan, learning),
                stopped,
                TinyPrompts.options().checkpointEvery(2).resume(true).build());
        assertEquals(losses.subList(3, 5), rest);
        assertEquals(Sha256.of(whole.resolve(result)), Sha256.of(stopped.resolve(result)));
    }

    @Test
    @Tag("slow")
    void enginesComeToTheSameWithATextEncoderThatLearns() {
        PipelineParts parts = TinyPrompts.model(temp.resolve("base"), false);
        TrainingPlan plan = TinyPrompts.plan(2).build();
        List<Double> expected = train(
                task(parts, plan, new Learning.Networks(true)),
                temp.resolve("samediff"),
                TinyPrompts.options().engine(EngineKind.SAMEDIFF).build());
        List<Double> found = train(
                task(parts, plan, new Learning.Networks(true)),
                temp.resolve("onednn"),
                TinyPrompts.options().build());
        for (int i = 0; i < 2; i++) {
            assertEquals(expected.get(i), found.get(i), 1e-4 * expected.get(i));
        }
    }

    @Test
    void whatIsFrozenKeepsItsBits() throws IOException {
        Path base = temp.resolve("base");
        PipelineParts parts = TinyPrompts.model(base, false);
        Path run = temp.resolve("run");
        train(
                task(parts, TinyPrompts.plan(2).frozen(List.of("unet\\..*")).build(), new Learning.Networks(true)),
                run,
                TinyPrompts.options().build());
        String unet = "unet/diffusion_pytorch_model.safetensors";
        assertEquals(Sha256.of(base.resolve(unet)), Sha256.of(run.resolve(unet)));
        String text = "text_encoder/model.safetensors";
        assertTrue(!Sha256.of(base.resolve(text)).equals(Sha256.of(run.resolve(text))));
    }

    @Test
    void whatCannotBeTrainedIsSaidBeforeAFolderIsMade() {
        PipelineParts parts = TinyPrompts.model(temp.resolve("base"), false);
        Path run = temp.resolve("run");
        PromptTask layers =
                task(parts, TinyPrompts.plan(2).build(), new Learning.Adapter(2, 2, List.of("to_nothing"), false));
        assertFault(
                "lora-layers: modules: expected a layer of the network whose name ends in .to_nothing", layers, run);
        PromptTask frozen =
                task(parts, TinyPrompts.plan(2).frozen(List.of("conv_in.*")).build(), new Learning.Networks(false));
        assertFault("freeze: expected a parameter whose name matches 'conv_in.*', such as unet.", frozen, run);
        PromptTask zero = task(parts, TinyPrompts.plan(2).zeroSnr(true).build(), new Learning.Networks(false));
        assertFault("zero-snr: expected a network that predicts v or the sample", zero, run);
        assertTrue(!Files.exists(run));
    }

    private static void assertFault(String beginning, PromptTask task, Path run) {
        RunOptions options = TinyPrompts.options().build();
        Diffusion4jException fault =
                assertThrows(Diffusion4jException.class, () -> new TrainingRun(task, run, options).run());
        assertTrue(fault.getMessage().startsWith(beginning), fault.getMessage());
    }

    @Test
    void latentsThatAreDamagedAreComputedAnew() throws IOException {
        PipelineParts parts = TinyPrompts.model(temp.resolve("base"), true);
        TrainingPlan plan = TinyPrompts.plan(2).build();
        Learning learning = new Learning.Adapter(2, 2, List.of("to_q"), false);
        Path run = temp.resolve("run");
        train(task(parts, plan, learning), run, TinyPrompts.options().build());
        Path latents = run.resolve("cache/latents.f32");
        byte[] bytes = Files.readAllBytes(latents);
        byte[] damaged = bytes.clone();
        damaged[5] ^= 1;
        Files.write(latents, damaged);
        train(
                task(parts, TinyPrompts.plan(4).build(), learning),
                run,
                TinyPrompts.options().resume(true).build());
        assertArrayEquals(bytes, Files.readAllBytes(latents));
    }
}
