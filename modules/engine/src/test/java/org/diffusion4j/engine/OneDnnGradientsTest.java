package org.diffusion4j.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.graph.RandomConfigs;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.graph.UNetPreset;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The compiled backward pass against SameDiff's in double precision. */
class OneDnnGradientsTest {
    @TestFactory
    Stream<DynamicTest> agreesWithTheReferenceOnRandomOptions() {
        return agreesWithTheReference(200, 204);
    }

    @TestFactory
    @Tag("slow")
    Stream<DynamicTest> agreesWithTheReferenceOnFurtherRandomOptions() {
        return agreesWithTheReference(204, 300);
    }

    private static Stream<DynamicTest> agreesWithTheReference(long first, long end) {
        return LongStream.range(first, end)
                .mapToObj(seed -> DynamicTest.dynamicTest("seed " + seed, () -> {
                    UNetConfig config = RandomConfigs.draw(seed).toBuilder()
                            .dropout(seed % 4 == 0 ? 0.3 : 0)
                            .build();
                    agree(config, seed, seed % 3 == 0 ? 1 : 3);
                }));
    }

    @Test
    @Tag("vectors")
    void agreesOnOddSizesAndWidthsThatAreNoMultipleOfAVector() {
        UNetConfig config = UNetPreset.SMALL.config().toBuilder()
                .sampleSize(new SampleSize(20, 12))
                .blockOutChannels(List.of(24, 40, 56))
                .build();
        agree(config, 1, 7);
    }

    /** One level, as each further one wants a size that is even once more; widths that no register's length divides. */
    @TestFactory
    Stream<DynamicTest> agreesOnSizesThatAreOdd() {
        return Stream.of(new SampleSize(13, 9), new SampleSize(5, 31), new SampleSize(1, 7))
                .flatMap(size -> Stream.of(1, 3, 7)
                        .map(batch -> DynamicTest.dynamicTest(
                                String.format(Locale.ROOT, "%d of %d×%d", batch, size.height(), size.width()),
                                () -> agree(RandomConfigs.oneLevel(size, 20), batch, batch))));
    }

    @Test
    @Tag("vectors")
    void agreesWhereConvolutionsAreDoneByWinograd() {
        UNetConfig config = UNetPreset.SMALL.config().toBuilder()
                .sampleSize(new SampleSize(20, 28))
                .blockOutChannels(List.of(32, 64, 64))
                .build();
        agree(config, 2, 5);
    }

    private static SameDiff graph(UNetConfig config, long seed, DataType type) {
        return UNetGraph.of(config)
                .contextLength(RandomConfigs.CONTEXT_LENGTH)
                .seed(seed)
                .dataType(type)
                .training(true)
                .build();
    }

    private static void agree(UNetConfig config, long seed, int batch) {
        SameDiff graph = graph(config, seed, DataType.FLOAT);
        Map<String, INDArray> inputs = RandomConfigs.inputs(config, batch, seed);
        if (config.dropout() > 0) {
            inputs.put(
                    UNetGraph.DROPOUT_SEED,
                    Nd4j.createFromArray(LongStream.range(0, batch)
                            .mapToDouble(i -> 1000 * i + seed)
                            .toArray()));
        }
        SameDiff exact = graph(config, seed, DataType.DOUBLE);
        INDArray output =
                exact.output(typed(exact, inputs), List.of(UNetGraph.OUTPUT)).get(UNetGraph.OUTPUT);
        Random random = new Random(seed);
        INDArray outputGradient = Nd4j.create(
                random.doubles(output.length()).map(u -> 2 * u - 1).toArray(), output.shape(), DataType.DOUBLE);
        SDVariable g = exact.constant(outputGradient);
        exact.setLossVariables(exact.getVariable(UNetGraph.OUTPUT).mul(g).sum());
        exact.createGradFunction(UNetGraph.SAMPLE);

        FlatParameters parameters = new FlatParameters(graph);
        Map<String, INDArray> conditioning = new HashMap<>(inputs);
        INDArray sample = conditioning.remove(UNetGraph.SAMPLE);
        INDArray timestep = conditioning.remove(UNetGraph.TIMESTEP);
        INDArray sampleGradient;
        try (OneDnnGradients engine = new OneDnnGradients(graph, parameters, true, 2)) {
            sampleGradient =
                    engine.accumulate(sample, timestep, conditioning, y -> outputGradient.castTo(DataType.FLOAT));
        }
        List<String> wanted = Stream.concat(parameters.names().stream(), Stream.of(UNetGraph.SAMPLE))
                .toList();
        Map<String, INDArray> expected = exact.calculateGradients(typed(exact, inputs), wanted);
        double largest = expected.values().stream()
                .mapToDouble(array -> array.amaxNumber().doubleValue())
                .max()
                .orElseThrow();
        close(UNetGraph.SAMPLE, expected.get(UNetGraph.SAMPLE), sampleGradient, largest);
        for (String name : parameters.names()) {
            close(name, expected.get(name), parameters.view(parameters.gradients(), name), largest);
        }
    }

    private static Map<String, INDArray> typed(SameDiff graph, Map<String, INDArray> inputs) {
        Map<String, INDArray> typed = new HashMap<>();
        inputs.forEach((name, array) ->
                typed.put(name, array.castTo(graph.getVariable(name).dataType())));
        return typed;
    }

    /** Within a thousandth of its largest element, or a hundred-thousandth of the largest of all where it is near zero. */
    private static void close(String name, INDArray expected, INDArray found, double largest) {
        INDArray wanted = expected == null ? Nd4j.zeros(DataType.DOUBLE, found.shape()) : expected;
        double difference =
                wanted.sub(found.castTo(DataType.DOUBLE)).amaxNumber().doubleValue();
        double limit = Math.max(1e-3 * wanted.amaxNumber().doubleValue(), 1e-5 * largest);
        assertTrue(
                difference <= limit,
                String.format(Locale.ROOT, "%s: differs by %g where %g is allowed", name, difference, limit));
    }
}
