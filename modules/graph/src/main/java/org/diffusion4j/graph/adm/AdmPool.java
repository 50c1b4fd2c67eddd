package org.diffusion4j.graph.adm;

import org.diffusion4j.config.ConfigName;

/** How a classifier turns its images into one row of numbers: {@code pool}. */
public enum AdmPool implements ConfigName {
    /** The mean over all positions of the last image, then a 1×1 convolution. */
    ADAPTIVE,
    /** An attention of the last image's mean to its positions. */
    ATTENTION,
    /** The means of the images that all blocks give, then two linear layers with ReLU between them. */
    SPATIAL,
    /** The same with a group norm and SiLU between the linear layers. */
    SPATIAL_V2
}
