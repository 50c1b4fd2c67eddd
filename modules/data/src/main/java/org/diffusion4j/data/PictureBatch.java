package org.diffusion4j.data;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A batch of N pictures.
 *
 * @param sample float32 in [-1, 1], [N, C, H, W]
 * @param labels INT64, [N]: places in {@link PictureSource#classNames()}; null where there are no classes
 * @param names N names, each as its source has it: a path, or a number
 */
public record PictureBatch(INDArray sample, INDArray labels, List<String> names) {}
