package org.diffusion4j.engine;

import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.diffusion4j.graph.NetworkTensor;
import org.diffusion4j.graph.unet2dcondition.ConditionInputs;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionGraph;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Random combinations of a conditional U-Net's options: the result and all gradients against SameDiff in double precision. */
class ConditionCombinationsTest {
    private static final int IMAGES = 2;
    private static final int LENGTH = 5;

    @TestFactory
    Stream<DynamicTest> randomCombinationsAreSameDiffs() {
        return holds(0, 2);
    }

    @TestFactory
    @Tag("slow")
    Stream<DynamicTest> furtherRandomCombinationsAreSameDiffs() {
        return holds(2, 100);
    }

    private static Stream<DynamicTest> holds(long first, long end) {
        return LongStream.range(first, end)
                .mapToObj(seed -> DynamicTest.dynamicTest(
                        "seed " + seed, () -> agreement(seed).holds(1)));
    }

    @Test
    void anImageIsTheSameToTheBitInAnyBatch() {
        agreement(1).givesAnImageTheSameInAnyBatch(2);
    }

    private static OpAgreement agreement(long seed) {
        UNet2DConditionConfig config = RandomConditionConfigs.draw(seed);
        boolean masked = seed % 3 == 0;
        OpAgreement agreement = OpAgreement.of(
                type -> UNet2DConditionGraph.of(config)
                        .dataType(type)
                        .seed(seed)
                        .contextLength(LENGTH)
                        .contextMask(masked)
                        .build(),
                UNet2DConditionGraph.OUTPUT);
        Random random = new Random(seed);
        ConditionInputs inputs = new ConditionInputs(
                config, LENGTH, masked, ConditionInputs.of(config).numbers());
        for (NetworkTensor input : inputs.list(
                DataType.FLOAT,
                config.sampleSize().height(),
                config.sampleSize().width())) {
            long[] shape = input.shape();
            shape[0] = IMAGES;
            boolean numbers = input.name().equals(UNet2DConditionGraph.TIMESTEP)
                    || input.name().equals(UNet2DConditionGraph.NUMBERS);
            if (input.dataType() == DataType.INT64) {
                INDArray chosen = Nd4j.createUninitialized(DataType.INT64, shape);
                // A mask shows its first key, as each text has a beginning: SameDiff's softmax of no key at all isn't a
                // number.
                for (long i = 0; i < chosen.length(); i++) {
                    chosen.putScalar(i, shape.length == 2 && i % shape[1] == 0 ? 1 : random.nextInt(2));
                }
                agreement.input(input.name(), chosen);
            } else if (numbers || shape.length == 1) {
                agreement.input(
                        input.name(),
                        SmallGraph.numbers(random.nextInt(), shape).add(2).mul(9));
            } else {
                agreement.differentiated(input.name(), SmallGraph.numbers(random.nextInt(), shape));
            }
        }
        return agreement;
    }
}
