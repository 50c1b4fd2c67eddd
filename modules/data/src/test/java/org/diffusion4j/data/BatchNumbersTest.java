package org.diffusion4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4j;

class BatchNumbersTest {
    private static List<Long> numbers(BatchNumbers numbers) {
        return LongStream.range(0, 7).map(numbers::at).boxed().toList();
    }

    @Test
    void runsBeginAStrideApart() {
        assertEquals(List.of(4L, 5L, 6L, 7L, 8L, 9L, 10L), numbers(BatchNumbers.from(4)));
        assertEquals(List.of(2L, 3L, 7L, 8L, 12L, 13L, 17L), numbers(new BatchNumbers(2, 2, 5)));
        assertEquals(List.of(1L, 4L, 7L, 10L, 13L, 16L, 19L), numbers(new BatchNumbers(1, 1, 3)));
        assertEquals(List.of(6L, 7L, 8L, 9L, 10L, 11L, 12L), numbers(new BatchNumbers(6, 3, 3)));
    }

    @Test
    void numbersOutOfTheirRangesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new BatchNumbers(-1, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new BatchNumbers(0, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> new BatchNumbers(0, 3, 2));
        assertThrows(ArithmeticException.class, () -> new BatchNumbers(1, 1, Long.MAX_VALUE).at(2));
    }

    @Test
    void aStreamThatKnowsNothingBetterDropsTheOthers() {
        List<Long> given = new ArrayList<>();
        BatchStream counting = new BatchStream() {
            private long next = 2;

            @Override
            public PictureBatch next() {
                return new PictureBatch(
                        Nd4j.scalar((float) next).reshape(1, 1, 1, 1), null, List.of(Long.toString(next++)));
            }

            @Override
            public void close() {
                given.add(-1L);
            }
        };
        try (BatchStream some = new SkippingBatches(counting, new BatchNumbers(2, 2, 5))) {
            for (int i = 0; i < 5; i++) {
                PictureBatch batch = some.next();
                assertEquals(List.of(Long.toString((long) batch.sample().getDouble(0))), batch.names());
                given.add((long) batch.sample().getDouble(0));
            }
        }
        assertEquals(List.of(2L, 3L, 7L, 8L, 12L, -1L), given);
    }
}
