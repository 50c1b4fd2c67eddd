package org.diffusion4j.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Embeddings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Rows of a table by whole numbers, such as a text's tokens. */
class EmbeddingTest {
    private static final int TOKENS = 49_408;

    @TempDir
    Path folder;

    private static ShapedVariable tokens(SameDiff sd, DataType type, long length) {
        return new ShapedVariable(sd.placeHolder("tokens", type, -1, length), -1, length);
    }

    private static INDArray rows(int[]... tokens) {
        return Nd4j.createFromArray(tokens);
    }

    /** A row that is looked up several times gets all of its gradients, which ND4J's own gather doesn't give it. */
    @ParameterizedTest
    @EnumSource(names = {"INT", "LONG", "FLOAT"})
    void resultAndGradientsOfATrainedTableAreSameDiffs(DataType type) {
        OpAgreement agreement = new OpAgreement((sd, numbers) -> {
                    SDVariable scale = OpAgreement.parameter(sd, numbers, "scale", 5);
                    ShapedVariable chosen = Embeddings.embedding(
                            tokens(sd, type, 3), OpAgreement.parameter(sd, numbers, "table", 7, 5));
                    return chosen.variable().mul(scale);
                })
                .input("tokens", rows(new int[] {0, 6, 6}, new int[] {6, 0, 2}).castTo(type));
        agreement.holds(2);
        agreement.givesAnImageTheSameInAnyBatch(2);
    }

    /** A constant table is gathered from, and SameDiff's gradients of all else are right. */
    @ParameterizedTest
    @EnumSource(names = {"INT", "LONG", "FLOAT"})
    void resultAndGradientsBehindAConstantTableAreSameDiffs(DataType type) {
        OpAgreement agreement = new OpAgreement((sd, numbers) -> {
                    SDVariable scale = OpAgreement.parameter(sd, numbers, "scale", 5);
                    SDVariable table =
                            sd.constant("table", SmallGraph.numbers(3, 7, 5).castTo(numbers));
                    SDVariable chosen =
                            Embeddings.embedding(tokens(sd, type, 3), table).variable();
                    assertEquals(
                            1,
                            sd.getOps().values().stream()
                                    .filter(op -> op.getOp().opName().equals("gather"))
                                    .count());
                    return chosen.mul(scale);
                })
                .input("tokens", rows(new int[] {0, 6, 6}, new int[] {6, 0, 2}).castTo(type));
        agreement.holds(2);
        agreement.givesAnImageTheSameInAnyBatch(2);
    }

    /** A graph of a table as large as CLIP's, whose first column counts its rows. */
    private static SameDiff counting(DataType type) {
        SameDiff sd = SameDiff.create();
        INDArray table = Nd4j.arange(2 * TOKENS)
                .castTo(DataType.FLOAT)
                .reshape(TOKENS, 2)
                .div(2);
        Embeddings.embedding(tokens(sd, type, 4), sd.constant("table", table))
                .variable()
                .rename("rows");
        return sd;
    }

    private static Precision narrowest() {
        try {
            return Precision.BF16.here();
        } catch (Diffusion4jException e) {
            return Precision.FP32; // this processor has no bf16
        }
    }

    /** As many as there are, most of which bf16 couldn't tell apart. */
    @ParameterizedTest
    @EnumSource(names = {"INT", "LONG", "FLOAT"})
    void everyTokenHasItsOwnRowInAnyPrecision(DataType type) throws IOException {
        Path file = folder.resolve("graph.fb");
        counting(type).save(file.toFile(), false);
        SameDiff graph = SameDiff.load(file.toFile(), false);
        INDArray tokens = Nd4j.arange(TOKENS).castTo(type).reshape(TOKENS / 4, 4);
        try (CompiledGraph compiled = new CompiledGraph(graph, List.of("rows"), 2, narrowest())) {
            INDArray rows = compiled.run(Map.of("tokens", tokens)).get("rows").reshape(TOKENS, 2);
            for (int token = 0; token < TOKENS; token++) {
                assertEquals(token, rows.getDouble(token, 0));
                assertEquals(token + 0.5, rows.getDouble(token, 1));
            }
        }
    }

    /** One-hot rows would take 15 MB for each text. */
    @Test
    void nobodyMakesOneHotRows() {
        SameDiff sd = SameDiff.create();
        SDVariable table = sd.var("table", Nd4j.ones(DataType.FLOAT, TOKENS, 2));
        Embeddings.embedding(tokens(sd, DataType.INT64, 77), table).variable().rename("rows");
        long before = Pointer.totalBytes();
        try (CompiledGraph compiled = new CompiledGraph(sd, List.of("rows"), 1, Precision.FP32)) {
            compiled.run(Map.of("tokens", Nd4j.zeros(DataType.INT64, 4, 77)));
            long more = Pointer.totalBytes() - before;
            assertTrue(more < 10_000_000, more + " bytes");
        }
    }

    @Test
    void tokensWithoutARowAreRefused() {
        try (CompiledGraph compiled = new CompiledGraph(counting(DataType.INT64), List.of("rows"), 1, Precision.FP32)) {
            for (INDArray wrong : List.of(
                    Nd4j.createFromArray(new int[][] {{0, 1, 2, TOKENS}}),
                    Nd4j.createFromArray(new int[][] {{0, -1, 2, 3}}),
                    Nd4j.createFromArray(new float[][] {{0, 1, 2.5f, 3}}),
                    Nd4j.createFromArray(new float[][] {{0, 1, Float.NaN, 3}}))) {
                String message = assertThrows(
                                IllegalArgumentException.class, () -> compiled.run(Map.of("tokens", wrong)))
                        .getMessage();
                assertTrue(message.startsWith("'tokens': expected whole numbers from 0 to 49407, found "), message);
            }
        }
    }
}
