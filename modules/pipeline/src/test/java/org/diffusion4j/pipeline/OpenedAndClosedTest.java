package org.diffusion4j.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.diffusion4j.diffusion.sampler.DdimConfig;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.graph.UNetPreset;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A pipeline that was closed leaves nothing behind: no thread, no open file, no memory. */
class OpenedAndClosedTest {
    @TempDir
    private Path folder;

    @BeforeEach
    void writeAModel() {
        UNetConfig config = UNetPreset.TINY.config();
        Map<String, INDArray> weights = new LinkedHashMap<>();
        UNetGraph.initialWeights(config, 0)
                .forEach((name, source) -> weights.put(name, source.use(array -> array.dup('c'))));
        DiffusersFolder.write(folder, DiffusersModel.of(config, new DdimConfig(), weights));
    }

    private void draw(int times) {
        SampleRequest request = SampleRequest.images(2).steps(2).build();
        for (int i = 0; i < times; i++) {
            try (DiffusionPipeline pipeline = DiffusionPipeline.load(folder)) {
                assertEquals(2, pipeline.sample(request).size());
            }
        }
    }

    /** The memory of the process without Java's heap, in MB. */
    private static long resident() {
        System.gc();
        Pointer.trimMemory();
        return (Pointer.physicalBytes() - Runtime.getRuntime().totalMemory()) >> 20;
    }

    @Tag("slow")
    @Test
    void twentyPipelinesLeaveNoThreadAndNoMemory() {
        leavesNothing(15, 20);
    }

    @Test
    @Tag("slow")
    void twoHundredPipelinesLeaveNoThreadAndNoMemory() {
        leavesNothing(60, 200);
    }

    /** @param first how many it takes until the JVM has compiled most of what it runs */
    private void leavesNothing(int first, int times) {
        draw(first);
        long before = resident();
        draw(times);
        long after = resident();
        assertTrue(after - before < 32, "MB before and after " + times + " pipelines: " + before + ", " + after);
        List<String> left = Thread.getAllStackTraces().keySet().stream()
                .filter(Thread::isAlive)
                .map(Thread::getName)
                .filter(name -> name.startsWith("diffusion4j"))
                .toList();
        assertEquals(List.of(), left);
    }

    @Test
    void theFilesAreOpenOnlyAsLongAsThePipeline() throws IOException {
        Path descriptors = Path.of("/proc/self/fd");
        assumeTrue(Files.isDirectory(descriptors), "only Linux lists a process's open files");
        try (DiffusionPipeline pipeline = DiffusionPipeline.load(folder)) {
            assertEquals(1, open(descriptors).size());
            pipeline.sample(SampleRequest.images(1).steps(1).build());
        }
        assertEquals(List.of(), open(descriptors));
    }

    private List<Path> open(Path descriptors) throws IOException {
        Path real = folder.toRealPath();
        try (Stream<Path> all = Files.list(descriptors)) {
            return all.map(OpenedAndClosedTest::target)
                    .filter(target -> target.startsWith(real))
                    .toList();
        }
    }

    private static Path target(Path link) {
        try {
            return Files.readSymbolicLink(link);
        } catch (IOException e) {
            return link; // it was closed since it was listed
        }
    }

    @Test
    void aModelCanBeReplacedWhileAPipelineOfItIsOpen() throws IOException {
        try (DiffusionPipeline pipeline = DiffusionPipeline.load(folder)) {
            SampleRequest one = SampleRequest.images(1).steps(1).build();
            INDArray before = pipeline.sample(one).get(0).sample();
            DiffusersModel model = DiffusersFolder.read(folder);
            Map<String, INDArray> zeros = new LinkedHashMap<>();
            model.weights().forEach((name, array) -> zeros.put(name, array.mul(0)));
            DiffusersFolder.write(folder, model.withWeights(zeros));
            // Another batch size packs the weights again.
            assertEquals(
                    before,
                    pipeline.sample(SampleRequest.images(3).steps(1).build())
                            .get(0)
                            .sample());
        }
    }
}
