package org.diffusion4j.training.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.training.DrawnPictures;
import org.diffusion4j.training.StartingModel;
import org.diffusion4j.training.TinyTraining;
import org.diffusion4j.training.Trainer;
import org.diffusion4j.training.TrainingListener;
import org.diffusion4j.training.TrainingPlan;
import org.diffusion4j.training.record.RunDifference;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.file.JsonFile;
import org.diffusion4j.weights.file.Sha256;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run goes on with, and what it refuses to go on with. */
class ResumeTest {
    private static final String WEIGHTS = "unet/diffusion_pytorch_model.safetensors";
    private static final long STEPS = 8;
    private static final TrainingPlan PLAN = TinyTraining.plan(STEPS).build();

    @TempDir
    private Path temp;

    private Path folder;

    /** Keeps what is said; stops after a step. */
    private static final class Watcher implements TrainingListener {
        private final List<String> messages = new ArrayList<>();
        private final List<Long> sampled = new ArrayList<>();
        private long stopAfter;
        private TrainingRun run;

        @Override
        public void message(String line) {
            messages.add(line);
        }

        @Override
        public void step(Trainer.Step step, double imagesPerSecond) {
            if (step.number() == stopAfter) {
                run.stop();
            }
        }

        @Override
        public void sampled(long step, org.diffusion4j.picture.ImageGrid grid) {
            sampled.add(step);
        }
    }

    private Watcher run(
            DiffusersModel model, DrawnPictures pictures, TrainingPlan plan, RunOptions options, long stop) {
        Watcher watcher = new Watcher();
        watcher.stopAfter = stop;
        watcher.run = new TrainingRun(model, pictures, plan, folder, options, watcher);
        watcher.run.run();
        return watcher;
    }

    private static RunOptionsBuilder resuming() {
        return TinyRuns.options().checkpointEvery(4).resume(true);
    }

    private Watcher goOn(RunOptions options) {
        return run(TinyTraining.model(TinyTraining.PICTURES), TinyTraining.PICTURES, PLAN, options, -1);
    }

    private String refusal(RunOptions options) {
        Diffusion4jException e = assertThrows(Diffusion4jException.class, () -> goOn(options));
        assertTrue(e.getMessage().length() < 500 && e.getMessage().lines().count() == 1, e.getMessage());
        return e.getMessage();
    }

    @BeforeEach
    void beginARun() {
        folder = temp.resolve("run");
        run(
                TinyTraining.model(TinyTraining.PICTURES),
                TinyTraining.PICTURES,
                PLAN,
                TinyRuns.options().checkpointEvery(4).build(),
                4);
    }

    @Test
    void aRunWithoutItsDescriptionIsRefused() throws IOException {
        Path description = folder.resolve("run.json");
        byte[] before = Files.readAllBytes(description);
        Files.delete(description);
        assertTrue(
                refusal(resuming().build()).contains("run.json: expected what the run began with, found no such file"));
        assertFalse(Files.exists(description));
        Files.writeString(description, "{}");
        assertTrue(refusal(resuming().build()).contains("nothing about the plan, nothing about the network"));
        Files.writeString(description, "[]");
        assertTrue(refusal(resuming().build()).contains("expected a JSON object"));
        Files.writeString(description, "{\"plan\": 3, \"network\": {\"a\": {}}}");
        assertTrue(refusal(resuming().build()).contains("nothing about the plan"));
        Files.write(description, before);
        goOn(resuming().build());
    }

    @Test
    void everyDifferenceIsNamedAndMayBeAllowed() {
        RunOptions other = resuming().threads(1).engine(EngineKind.SAMEDIFF).build();
        assertEquals(
                folder.resolve("run.json") + ": expected what the run began with, found engine samediff in place of "
                        + EngineKind.AUTO.here().key() + ", threads 1 in place of 2; --allow engine,threads goes on all"
                        + " the same",
                refusal(other));
        assertTrue(refusal(resuming()
                        .threads(1)
                        .engine(EngineKind.SAMEDIFF)
                        .allowed(Set.of(RunDifference.THREADS))
                        .build())
                .contains("found engine samediff in place of"));
        RunOptions allowed = resuming()
                .threads(1)
                .allowed(Set.of(RunDifference.THREADS, RunDifference.JAVA))
                .build();
        List<String> said = goOn(allowed).messages;
        assertTrue(said.contains("going on with threads 1 in place of 2, as is allowed"), said.toString());
        // From here on it is a run on one thread.
        assertTrue(refusal(resuming().build()).contains("threads 2 in place of 1"));
    }

    @Test
    void aRunGoesOnWithCheckpointingToTheSameBits() throws IOException {
        goOn(resuming().checkpointing(true).build());
        Path resumed = folder.resolve(WEIGHTS);
        folder = temp.resolve("whole");
        goOn(TinyRuns.options().checkpointEvery(4).build());
        assertEquals(-1, Files.mismatch(resumed, folder.resolve(WEIGHTS)));
    }

    /** Edits the description as if the run had begun so, in the run's folder and in its checkpoint. */
    private void edit(Consumer<ObjectNode> change) {
        for (Path place : List.of(folder, folder.resolve("checkpoints/step-00000004"))) {
            ObjectNode description = JsonFile.read(place.resolve("run.json"));
            change.accept(description);
            JsonFile.write(place.resolve("run.json"), description);
        }
    }

    @Test
    void anotherJavaAndAnotherPrecisionAreNamed() {
        String before = JsonFile.read(folder.resolve("run.json"))
                .path("computer")
                .path("precision")
                .asText();
        ObjectNode description = JsonFile.read(folder.resolve("run.json"));
        ((ObjectNode) description.get("computer")).put("java", "16").put("precision", "bf16");
        JsonFile.write(folder.resolve("run.json"), description);
        String message = refusal(resuming().build());
        assertTrue(
                message.contains("Java " + Runtime.version().feature() + " in place of 16")
                        && message.contains("precision " + before + " in place of bf16")
                        && message.contains("--allow precision,java"),
                message);
    }

    @Test
    void anotherBaseModelIsNamed() {
        DiffusersModel other = StartingModel.scratch(
                        TinyTraining.config(TinyTraining.PICTURES), new DdpmConfig(), TinyTraining.PICTURES, 4)
                .model();
        Diffusion4jException e = assertThrows(
                Diffusion4jException.class,
                () -> run(other, TinyTraining.PICTURES, PLAN, resuming().build(), -1));
        assertTrue(e.getMessage().contains("another model to begin with"), e.getMessage());
        assertTrue(e.getMessage().contains("--allow model"), e.getMessage());
        run(
                other,
                TinyTraining.PICTURES,
                PLAN,
                resuming().allowed(Set.of(RunDifference.MODEL)).build(),
                -1);
    }

    @Test
    void otherPicturesAreNamedAndMayBeAllowedButNotOtherClasses() {
        DrawnPictures more = DrawnPictures.of(7, 8);
        Diffusion4jException e = assertThrows(
                Diffusion4jException.class,
                () -> run(
                        TinyTraining.model(TinyTraining.PICTURES),
                        more,
                        PLAN,
                        resuming().build(),
                        -1));
        assertTrue(e.getMessage().contains("number of pictures 7 in place of 6; --allow data"), e.getMessage());
        run(
                TinyTraining.model(TinyTraining.PICTURES),
                more,
                PLAN,
                resuming().allowed(Set.of(RunDifference.DATA)).build(),
                -1);
        DrawnPictures classes = TinyTraining.PICTURES.withClasses(2);
        Diffusion4jException never = assertThrows(
                Diffusion4jException.class,
                () -> run(
                        TinyTraining.model(classes),
                        classes,
                        PLAN,
                        resuming().allowed(EnumSet.allOf(RunDifference.class)).build(),
                        -1));
        assertTrue(never.getMessage().contains("classes"), never.getMessage());
        assertFalse(never.getMessage().contains("--allow"), never.getMessage());
    }

    @Test
    void aRunOfAnEarlierVersionGoesOnWhereThatIsAllowed() throws IOException {
        edit(description -> description.remove(List.of("computer", "model")));
        assertTrue(refusal(resuming().build())
                .endsWith("; --allow engine,threads,precision,java,model goes on all the same"));
        Files.delete(folder.resolve("checkpoints/step-00000004/run.json"));
        ObjectNode list = JsonFile.read(folder.resolve("checkpoints/step-00000004/checkpoint.json"));
        ((ObjectNode) list.get("sha256")).remove("run.json");
        JsonFile.write(folder.resolve("checkpoints/step-00000004/checkpoint.json"), list);
        goOn(resuming()
                .allowed(Set.of(
                        RunDifference.ENGINE,
                        RunDifference.THREADS,
                        RunDifference.PRECISION,
                        RunDifference.JAVA,
                        RunDifference.MODEL))
                .build());
    }

    @Test
    void aCheckpointOfAnotherStepThanItsFoldersIsNotTaken() throws IOException {
        Path checkpoints = folder.resolve("checkpoints");
        Files.move(checkpoints.resolve("step-00000004"), checkpoints.resolve("step-00000006"));
        String message = refusal(resuming().build());
        assertTrue(message.contains("step-00000006: expected the step that its name says"), message);
        assertTrue(Files.exists(checkpoints.resolve("step-00000006")), "nothing is lost");
        Files.move(checkpoints.resolve("step-00000006"), checkpoints.resolve("step-00000004"));
        goOn(resuming().build());
        Files.move(checkpoints.resolve("step-00000004"), checkpoints.resolve("step-00000009"));
        Watcher after = goOn(resuming().build());
        assertTrue(after.messages.get(0).contains("step-00000009: expected the step"), after.messages.toString());
        assertTrue(Files.exists(checkpoints.resolve("damaged-step-00000009")));
    }

    @Test
    void aCheckpointOfAnotherRunIsNotTaken() throws IOException {
        Path mine = folder;
        folder = temp.resolve("other");
        run(
                TinyTraining.model(TinyTraining.PICTURES),
                TinyTraining.PICTURES,
                TinyTraining.plan(STEPS).seed(8).build(),
                TinyRuns.options().checkpointEvery(6).build(),
                6);
        Files.move(folder.resolve("checkpoints/step-00000006"), mine.resolve("checkpoints/step-00000006"));
        folder = mine;
        String message = refusal(resuming().build());
        assertTrue(message.contains("step-00000006") && message.contains("seed 7 in place of 8"), message);
    }

    @Test
    @Tag("slow")
    void missingGridsAreDrawnFromTheirCheckpoints() throws IOException {
        Path whole = temp.resolve("whole");
        RunOptions options = resuming().sampleEvery(4).build();
        Path begun = folder;
        folder = whole;
        run(TinyTraining.model(TinyTraining.PICTURES), TinyTraining.PICTURES, PLAN, options, -1);
        folder = begun;
        Watcher resumed = goOn(options);
        assertEquals(List.of(4L, 8L), resumed.sampled);
        List<String> grids = List.of("samples/step-00000004.png", "samples/step-00000008.png");
        for (String grid : grids) {
            assertEquals(Sha256.of(whole.resolve(grid)), Sha256.of(folder.resolve(grid)));
            Files.delete(folder.resolve(grid));
        }
        Files.writeString(folder.resolve("samples/.step-00000004.png.0.tmp"), "left by a killed run");
        Files.createDirectories(folder.resolve(".older.tmp/unet"));
        goOn(options);
        for (String grid : grids) {
            assertEquals(Sha256.of(whole.resolve(grid)), Sha256.of(folder.resolve(grid)));
        }
        assertFalse(Files.exists(folder.resolve("samples/.step-00000004.png.0.tmp")));
        assertFalse(Files.exists(folder.resolve(".older.tmp")));
        assertEquals(Sha256.of(whole.resolve(WEIGHTS)), Sha256.of(folder.resolve(WEIGHTS)));
    }

    @Test
    void aRunsFolderMayBeALink() throws IOException {
        Path real = Files.createDirectories(temp.resolve("volume/real"));
        folder = Files.createSymbolicLink(temp.resolve("link"), real);
        run(
                TinyTraining.model(TinyTraining.PICTURES),
                TinyTraining.PICTURES,
                PLAN,
                resuming().build(),
                5);
        goOn(resuming().build());
        assertTrue(Files.exists(real.resolve("model_index.json")));
        assertTrue(Files.isSymbolicLink(folder));
    }

    @Test
    void aPlaceThatTheModelCanNotTakeIsSeenBeforeTheFirstStep() throws IOException {
        folder = Files.createDirectories(temp.resolve("blocked"));
        Files.writeString(folder.resolve("unet"), "a file");
        Diffusion4jException e =
                assertThrows(Diffusion4jException.class, () -> goOn(resuming().build()));
        assertTrue(e.getMessage().contains("blocked"), e.getMessage());
        assertFalse(Files.exists(folder.resolve("metrics.jsonl")));
    }
}
