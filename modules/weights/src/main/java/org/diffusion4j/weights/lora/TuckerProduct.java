package org.diffusion4j.weights.lora;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A convolution's weight from a small one between two matrices: w[p, r, k] = Σ c[i, j, k] · a[i, p] · b[j, r]. Tucker's
 * decomposition of the first two dimensions: Kim et al. 2016 (arXiv:1511.06530).
 */
final class TuckerProduct {
    private TuckerProduct() {}

    /**
     * @param core c, [I, J, kH, kW]
     * @param left a, [I, P]
     * @param right b, [J, R]
     * @return w, [P, R·kH·kW]
     */
    static INDArray of(INDArray core, INDArray left, INDArray right) {
        long outer = core.size(0);
        long inner = core.size(1);
        long kernel = core.length() / (outer * inner);
        INDArray columns = core.reshape('c', outer, inner, kernel)
                .permute(1, 0, 2)
                .dup('c')
                .reshape('c', inner, outer * kernel);
        INDArray wide = right.transpose()
                .mmul(columns)
                .dup('c')
                .reshape('c', right.size(1), outer, kernel)
                .permute(1, 0, 2)
                .dup('c')
                .reshape('c', outer, right.size(1) * kernel);
        return left.transpose().mmul(wide);
    }
}
