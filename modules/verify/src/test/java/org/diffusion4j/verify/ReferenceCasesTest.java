package org.diffusion4j.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.diffusion4j.engine.EngineKind;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ReferenceCasesTest {
    static final Path GOLDENS = Path.of("src/test/resources/goldens");

    /** Those that are one pass through a network each. */
    private static final String NETWORKS =
            "(unet2d|controlnet|vae|clip-text)-.*|guided-(adm|classifier-attention)|unet2dcond-(time-cond|k-blocks)";

    private static final Path FURTHER = Path.of("src/test/resources/further");

    @TestFactory
    Stream<DynamicTest> agreesWithTheOriginalLibraries() {
        return agrees(GOLDENS, Engines.of(EngineKind.ONEDNN, 2));
    }

    @TestFactory
    Stream<DynamicTest> theReferenceEngineAgreesAsWell() {
        return referenceEngine(NETWORKS);
    }

    /** Those that take many passes through a network. */
    @TestFactory
    @Tag("slow")
    Stream<DynamicTest> theReferenceEngineAgreesOnPicturesAndTrainingAsWell() {
        return referenceEngine("(training|pipeline)-.*");
    }

    private static Stream<DynamicTest> referenceEngine(String cases) {
        return only(cases, agrees(GOLDENS, Engines.of(EngineKind.SAMEDIFF, 1)));
    }

    private static Stream<DynamicTest> only(String cases, Stream<DynamicTest> tests) {
        return tests.filter(test -> test.getDisplayName().matches(cases));
    }

    @TestFactory
    Stream<DynamicTest> onnxRuntimeAgreesOnNetworks() {
        return only(NETWORKS, agrees(GOLDENS, Engines.of(EngineKind.ONNXRUNTIME_CPU, 1)));
    }

    @TestFactory
    @Tag("slow")
    Stream<DynamicTest> onnxRuntimeAgreesOnPicturesAsWell() {
        return only("(pictures|pipeline)-.*", agrees(GOLDENS, Engines.of(EngineKind.ONNXRUNTIME_CPU, 2)));
    }

    @TestFactory
    Stream<DynamicTest> agreesWithOtherOptions() {
        return agrees(FURTHER, Engines.of(EngineKind.ONEDNN, 2));
    }

    private static Stream<DynamicTest> agrees(Path folders, Engines engines) {
        return Verifier.cases(folders).stream()
                .map(folder ->
                        DynamicTest.dynamicTest(folders.relativize(folder).toString(), () -> {
                            assertTrue(Verifier.knows(folder));
                            List<Comparison> comparisons = Verifier.verify(folder, engines);
                            assertEquals(
                                    List.of(),
                                    comparisons.stream()
                                            .filter(one -> !one.ok())
                                            .toList());
                        }));
    }

    @Test
    void allCasesAreThere() {
        assertEquals(298, Verifier.cases(GOLDENS).size());
        assertEquals(14, Verifier.cases(FURTHER).size());
    }
}
