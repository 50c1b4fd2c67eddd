package org.diffusion4j.training.prompt;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.sampler.LcmConfig;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.lora.LoraBranches;
import org.diffusion4j.pipeline.part.GraphOpener;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.diffusion4j.pipeline.prompt.PromptTexts;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.training.LocalGradients;
import org.diffusion4j.training.Trainer;
import org.diffusion4j.training.TrainingListener;
import org.diffusion4j.training.distill.Consistency;
import org.diffusion4j.training.run.TrainingRun;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.diffusion4j.weights.file.Sha256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class PromptDistillationTest {
    private static final Path XL = Path.of("../verify/src/test/resources/goldens/pipeline-sdxl-tiny");

    @TempDir
    private Path temp;

    private TrainingRun.Outcome run(boolean adapter, Path out, boolean resume, long stop) {
        TrainingRun[] run = new TrainingRun[1];
        PromptTask task = TinyPrompts.distilled(TinyPrompts.task(temp.resolve("base-" + adapter), adapter, 4))
                .build();
        run[0] = new TrainingRun(
                task, out, TinyPrompts.options().sampleEvery(4).resume(resume).build(), new TrainingListener() {
                    @Override
                    public void step(Trainer.Step step, double imagesPerSecond) {
                        if (step.number() == stop) {
                            run[0].stop();
                        }
                    }
                });
        return run[0].run();
    }

    @Test
    void aModelLearnsToDrawInTwoStepsAndAStoppedRunComesToTheSameBits() throws IOException {
        assertEquals(TrainingRun.Outcome.DONE, run(false, temp.resolve("whole"), false, 0));
        assertEquals(TrainingRun.Outcome.STOPPED, run(false, temp.resolve("stopped"), false, 2));
        assertEquals(TrainingRun.Outcome.DONE, run(false, temp.resolve("stopped"), true, 0));
        String weights = "unet/diffusion_pytorch_model.safetensors";
        Path whole = temp.resolve("whole");
        assertEquals(
                Sha256.of(whole.resolve(weights)),
                Sha256.of(temp.resolve("stopped").resolve(weights)));
        PipelineParts parts = PipelineFolder.open(whole);
        PromptPipeline pipeline = PromptPipeline.open(parts, EngineKind.ONEDNN, 2, Precision.FP32);
        PromptRequest request = PromptRequest.of(TinyPrompts.COLOURS).build();
        LcmConfig scheduler = (LcmConfig) pipeline.plan(request).choice().scheduler();
        assertEquals(Prediction.EPSILON, scheduler.predictionType());
        assertEquals(50, scheduler.originalInferenceSteps());
        assertTrue(scheduler.clipSample(), "pixels are clipped");
        assertEquals(2, parts.settings().sampling().steps());
        assertEquals(1, parts.settings().sampling().guidance());
        assertEquals(2, pipeline.draw(request).size());
    }

    @Test
    void anAdapterLearnsBesideItsTeacherWhoKeepsAllBits() throws IOException {
        TinyPrompts.task(temp.resolve("base-true"), true, 4);
        Map<String, String> before = TinyPrompts.sums(temp.resolve("base-true"));
        assertEquals(TrainingRun.Outcome.DONE, run(true, temp.resolve("whole"), false, 0));
        assertEquals(TrainingRun.Outcome.STOPPED, run(true, temp.resolve("stopped"), false, 2));
        assertEquals(TrainingRun.Outcome.DONE, run(true, temp.resolve("stopped"), true, 0));
        String weights = "pytorch_lora_weights.safetensors";
        assertEquals(
                Sha256.of(temp.resolve("whole").resolve(weights)),
                Sha256.of(temp.resolve("stopped").resolve(weights)));
        assertEquals(before, TinyPrompts.sums(temp.resolve("base-true")));
        assertTrue(Files.exists(temp.resolve("whole/samples/step-00000004.png")));
    }

    /** The reference is two passes of a teacher without guidance. */
    @Test
    void aTeachersGuidanceLeadsAwayFromNoText() {
        PromptTask task = TinyPrompts.task(temp.resolve("base"), false, 4);
        PromptTexts texts = PromptTexts.of(task.parts());
        PromptNetwork.Shape shape = new PromptNetwork.Shape(
                task.unet(), null, texts.length(), new LoraBranches(Map.of()), new Learning.Networks(false));
        LocalGradients.Computer computer = TinyPrompts.options().build().computer();
        GraphOpener opener = GraphOpener.of(EngineKind.ONEDNN, 2, Precision.FP32);
        Random random = new Random(1);
        float[] numbers = new float[2 * 64];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        INDArray sample = Nd4j.create(numbers, new long[] {2, 1, 8, 8}, 'c');
        long[] timesteps = {999, 19};
        try (Component<NetworkConfig> unet = task.parts().network(PipelineFolder.UNET, NetworkConfig.class)) {
            Map<String, WeightSource> weights = new LinkedHashMap<>();
            unet.tensors().forEach((name, tensor) -> weights.put("unet." + name, tensor));
            Map<String, INDArray> said = texts.encode(TinyPrompts.COLOURS, opener);
            float[] with;
            float[] without;
            SameDiff graph =
                    shape.teacher(task.sampleSize()).sharedWeights(weights).build();
            try (PromptTeacher plain = new PromptTeacher(graph, Prediction.EPSILON, 1, Map.of(), computer)) {
                with = plain.predict(sample, timesteps, said).data().asFloat();
                without = plain.predict(sample, timesteps, texts.encode(List.of("", ""), opener))
                        .data()
                        .asFloat();
            }
            float[] guided;
            try (PromptTeacher teacher = new PromptTeacher(
                    graph, Prediction.EPSILON, 3, texts.noText(texts.encode(List.of(""), opener)), computer)) {
                guided = teacher.predict(sample, timesteps, said).data().asFloat();
            }
            float[] expected = new float[with.length];
            double difference = 0;
            for (int i = 0; i < expected.length; i++) {
                expected[i] = without[i] + 3 * (with[i] - without[i]);
                difference = Math.max(difference, Math.abs(with[i] - without[i]));
            }
            assertTrue(difference > 1e-3, "the text matters: " + difference);
            assertArrayEquals(expected, guided, 1e-5f);
        }
    }

    /** As SDXL's folder says. */
    @Test
    void noTextIsZeroForXlOnly() {
        PromptTexts texts = PromptTexts.of(PipelineFolder.open(XL));
        Map<String, INDArray> empty = texts.encode(List.of(""), GraphOpener.of(EngineKind.ONEDNN, 2, Precision.FP32));
        assertEquals(2, empty.size());
        for (INDArray array : texts.noText(empty).values()) {
            assertEquals(0, array.amaxNumber().doubleValue());
        }
    }

    @Test
    void whatATeacherCantUseIsRefused() {
        PromptTask task = TinyPrompts.task(temp.resolve("base"), false, 4);
        refuses(
                "label-dropout: expected 0, as guidance is folded into the network, found 0.1",
                TinyPrompts.distilled(task).plan(TinyPrompts.plan(4).build()));
        refuses(
                "text-encoder: expected one that stays as it is, where there is a teacher, found one that learns",
                TinyPrompts.distilled(task).learning(new Learning.Networks(true)));
        refuses(
                "teacher-steps: expected at most 1000, the timesteps of the noise schedule, found 1024",
                TinyPrompts.distilled(task).distillation(new PromptDistillation(new Consistency(1024, 4), 3)));
        refuses(
                "prediction: expected epsilon, as the teacher's, where there is one, found v_prediction",
                TinyPrompts.distilled(task)
                        .plan(TinyPrompts.plan(4)
                                .labelDropout(0)
                                .prediction(Prediction.V_PREDICTION)
                                .build()));
    }

    private static void refuses(String message, PromptTaskBuilder task) {
        assertEquals(
                message,
                assertThrows(Diffusion4jException.class, () -> task.build()
                                .check(TinyPrompts.options().build()))
                        .getMessage());
    }
}
