package org.diffusion4j.verify;

import java.util.stream.Stream;
import org.diffusion4j.engine.EngineKind;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** The cases of {@link ReferenceCasesTest} with the reference engine and with ONNX Runtime. */
class OtherEnginesCasesTest {
    /** Networks with all blocks, and with each embedding of timesteps and classes; each case is one pass. */
    private static final String FEW_NETWORKS =
            "unet2d-(class|fourier|learned|mixed|scale|skip|resnet|one-level|attention-levels).*"
                    + "|(controlnet|vae|clip-text)-.*|guided-(adm|classifier-attention)|unet2dcond-(time-cond|k-blocks)";

    private static final String NETWORKS = "unet2d-.*|" + FEW_NETWORKS;

    @TestFactory
    Stream<DynamicTest> theReferenceEngineAgreesAsWell() {
        return referenceEngine(FEW_NETWORKS);
    }

    /** All networks, and the cases that take many passes through one. */
    @TestFactory
    @Tag("slow")
    Stream<DynamicTest> theReferenceEngineAgreesOnAllNetworksPicturesAndTrainingAsWell() {
        return referenceEngine(NETWORKS + "|(training|pipeline)-.*");
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
