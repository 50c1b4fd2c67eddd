package org.diffusion4j.graph;

import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

class UNetCombinationsTest {
    @TestFactory
    Stream<DynamicTest> randomCombinationsMatchFiniteDifferences() {
        return LongStream.range(0, 40)
                .mapToObj(seed -> DynamicTest.dynamicTest(
                        "seed " + seed, () -> FiniteDifferences.match(RandomConfigs.draw(seed), seed)));
    }
}
