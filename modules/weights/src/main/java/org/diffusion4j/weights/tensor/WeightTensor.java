package org.diffusion4j.weights.tensor;

import org.diffusion4j.samediff.WeightSource;

/**
 * A tensor whose elements can be read as an array: FLOAT for F64 (rounded), F32, F16 and BF16, INT64 for whole numbers and
 * booleans. One in a file stays there, in its own type, until it is read.
 */
public sealed interface WeightTensor extends Tensor, WeightSource permits ArrayTensor, FileTensor, SourceTensor {}
