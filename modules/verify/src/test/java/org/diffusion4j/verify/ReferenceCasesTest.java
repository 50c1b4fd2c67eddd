package org.diffusion4j.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.diffusion4j.engine.EngineKind;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The fastest engine; {@link OtherEnginesCasesTest} has the others. */
class ReferenceCasesTest {
    static final Path GOLDENS = Path.of("src/test/resources/goldens");

    private static final Path FURTHER = Path.of("src/test/resources/further");

    @TestFactory
    Stream<DynamicTest> agreesWithTheOriginalLibraries() {
        return agrees(GOLDENS, Engines.of(EngineKind.ONEDNN, 2));
    }

    @TestFactory
    Stream<DynamicTest> agreesWithOtherOptions() {
        return agrees(FURTHER, Engines.of(EngineKind.ONEDNN, 2));
    }

    static Stream<DynamicTest> agrees(Path folders, Engines engines) {
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
