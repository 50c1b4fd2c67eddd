package org.diffusion4j.graph.op;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class EmbeddingsTest {
    @Test
    void interleavedIsTheFormula() {
        float[] timesteps = {0, 1, 17.5f, 500, 999};
        for (int dim : new int[] {2, 8, 130}) {
            SameDiff sd = SameDiff.create();
            INDArray embedding = Embeddings.interleavedTimestepEmbedding(
                            sd.constant(Nd4j.createFromArray(timesteps)), dim)
                    .variable()
                    .eval();
            for (int n = 0; n < timesteps.length; n++) {
                for (int i = 0; i < dim / 2; i++) {
                    double angle = (double) timesteps[n] / Math.pow(10000, 2.0 * i / dim);
                    assertEquals(Math.sin(angle), embedding.getDouble(n, 2L * i), 1e-6);
                    assertEquals(Math.cos(angle), embedding.getDouble(n, 2L * i + 1), 1e-6);
                }
            }
        }
    }
}
