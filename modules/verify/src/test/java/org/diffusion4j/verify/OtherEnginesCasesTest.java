package org.diffusion4j.verify;

import java.util.stream.Stream;
import org.diffusion4j.engine.EngineKind;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** The cases of {@link ReferenceCasesTest} with the reference engine and with ONNX Runtime. */
class OtherEnginesCasesTest {
    /** Those that are one pass through a network each. */
    private static final String NETWORKS =
            "(unet2d|controlnet|vae|clip-text)-.*|guided-(adm|classifier-attention)|unet2dcond-(time-cond|k-blocks)";

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
        return only(cases, ReferenceCasesTest.agrees(ReferenceCasesTest.GOLDENS, Engines.of(EngineKind.SAMEDIFF, 1)));
    }

    private static Stream<DynamicTest> only(String cases, Stream<DynamicTest> tests) {
        return tests.filter(test -> test.getDisplayName().matches(cases));
    }

    @TestFactory
    Stream<DynamicTest> onnxRuntimeAgreesOnNetworks() {
        return only(
                NETWORKS,
                ReferenceCasesTest.agrees(ReferenceCasesTest.GOLDENS, Engines.of(EngineKind.ONNXRUNTIME_CPU, 1)));
    }

    @TestFactory
    @Tag("slow")
    Stream<DynamicTest> onnxRuntimeAgreesOnPicturesAsWell() {
        return only(
                "(pictures|pipeline)-.*",
                ReferenceCasesTest.agrees(ReferenceCasesTest.GOLDENS, Engines.of(EngineKind.ONNXRUNTIME_CPU, 2)));
    }
}
