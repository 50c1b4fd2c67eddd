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

class ReferenceCasesTest {
    static final Path GOLDENS = Path.of("src/test/resources/goldens");

    @TestFactory
    Stream<DynamicTest> agreesWithTheOriginalLibraries() {
        return Verifier.cases(GOLDENS).stream()
                .map(folder ->
                        DynamicTest.dynamicTest(GOLDENS.relativize(folder).toString(), () -> {
                            assertTrue(Verifier.knows(folder));
                            List<Comparison> comparisons = Verifier.verify(folder, EngineKind.AUTO);
                            assertEquals(
                                    List.of(),
                                    comparisons.stream()
                                            .filter(one -> !one.ok())
                                            .toList());
                        }));
    }

    @Test
    void allCasesAreThere() {
        assertEquals(181, Verifier.cases(GOLDENS).size());
    }
}
