package org.diffusion4j.data;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A batch of N pictures.
 *
 * @param sample float32 in [-1, 1], [N, C, H, W]
 * @param labels INT64, [N]: indices into {@link PictureSource#classNames()}; null if there are no classes
 * @param names the N pictures' names in their source: paths or numbers
 */
public record PictureBatch(INDArray sample, INDArray labels, List<String> names) {}
