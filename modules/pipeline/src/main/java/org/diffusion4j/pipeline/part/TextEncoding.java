package org.diffusion4j.pipeline.part;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a text encoder knows of texts.
 *
 * @param hidden a vector for each token, [N, L, C]
 * @param pooled a vector for each text, [N, P] if the encoder has a projection, otherwise [N, C]
 */
public record TextEncoding(INDArray hidden, INDArray pooled) {}
