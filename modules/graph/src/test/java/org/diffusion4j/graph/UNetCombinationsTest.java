package org.diffusion4j.graph;

import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

class UNetCombinationsTest {
    @TestFactory
    Stream<DynamicTest> randomCombinationsMatchFiniteDifferences() {
        return match(0, 5);
    }

    @TestFactory
    @Tag("slow")
    Stream<DynamicTest> furtherRandomCombinationsMatchFiniteDifferences() {
        return match(5, 60);
    }

    private static Stream<DynamicTest> match(long first, long end) {
        return LongStream.range(first, end)
                .mapToObj(seed -> DynamicTest.dynamicTest(
                        "seed " + seed, () -> FiniteDifferences.match(RandomConfigs.draw(seed), seed)));
    }
}
