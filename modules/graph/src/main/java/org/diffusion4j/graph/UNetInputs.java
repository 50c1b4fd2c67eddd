package org.diffusion4j.graph;

import org.diffusion4j.graph.build.ShapedVariable;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * The inputs of a U-Net's graph.
 *
 * @param sample [N, C, H, W]
 * @param timestep [N]
 * @param labels [N], or [N, timeEmbedDim]; null if the network wants none
 * @param context [N, L, D]; null if the network takes none
 */
record UNetInputs(ShapedVariable sample, SDVariable timestep, SDVariable labels, ShapedVariable context) {}
