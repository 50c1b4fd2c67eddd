package org.diffusion4j.verify;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.GradientEngine;
import org.diffusion4j.engine.GraphEngine;
import org.diffusion4j.engine.GraphGradients;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The original libraries' U-Nets in bf16. */
class Bfloat16CasesTest {
    private static final int THREADS = 2;

    /** By the tolerance that {@link Precision#BF16} states. */
    @TestFactory
    Stream<DynamicTest> networksAreNearFloat32() {
        return near("unet2d-(attention|class|four|resnet|wider|mixed).*");
    }

    @TestFactory
    @Tag("slow")
    Stream<DynamicTest> allNetworksAreNearFloat32() {
        return near("unet2d-.*");
    }

    private static Stream<DynamicTest> near(String cases) {
        return Verifier.cases(ReferenceCasesTest.GOLDENS).stream()
                .filter(folder -> folder.getFileName().toString().matches(cases))
                .map(folder -> DynamicTest.dynamicTest(folder.getFileName().toString(), () -> assertNear(folder)));
    }

    private static void assertNear(Path folder) {
        try {
            Precision.BF16.here();
        } catch (Diffusion4jException e) {
            Assumptions.abort(e.getMessage());
        }
        List<Double> differences = new ArrayList<>();
        Verifier.verify(folder, new Engines() {
            @Override
            public NoisePredictor open(SameDiff graph) {
                return new Both(graph, differences);
            }

            @Override
            public GraphEngine openGraph(SameDiff graph, List<String> outputs) {
                return EngineKind.ONEDNN.openGraph(graph, outputs, THREADS, Precision.FP32);
            }

            @Override
            public GraphGradients openGraphGradients(
                    SameDiff graph, List<String> outputs, FlatParameters parameters, List<String> differentiated) {
                return EngineKind.ONEDNN.openGraphGradients(graph, outputs, parameters, differentiated, THREADS);
            }

            @Override
            public GradientEngine openGradients(SameDiff graph, FlatParameters parameters, boolean sampleGradient) {
                return EngineKind.ONEDNN.openGradients(graph, parameters, sampleGradient, THREADS);
            }
        });
        assertFalse(differences.isEmpty());
        differences.forEach(one -> assertTrue(one > 0 && one <= 2e-2, "differs by " + one));
    }

    /** An engine of each precision, and how far their outputs are from each other. */
    private static final class Both implements NoisePredictor {
        private final NoisePredictor full;
        private final NoisePredictor half;
        private final List<Double> differences;

        Both(SameDiff graph, List<Double> differences) {
            this.full = EngineKind.ONEDNN.open(graph, THREADS);
            this.half = EngineKind.ONEDNN.open(graph, THREADS, Precision.BF16);
            this.differences = differences;
        }

        @Override
        public INDArray predict(INDArray sample, INDArray timestep, Map<String, INDArray> conditioning) {
            INDArray expected = full.predict(sample, timestep, conditioning);
            INDArray found = half.predict(sample, timestep, conditioning);
            differences.add(expected.sub(found).norm2Number().doubleValue()
                    / expected.norm2Number().doubleValue());
            return expected;
        }

        @Override
        public void close() {
            full.close();
            half.close();
        }
    }
}
