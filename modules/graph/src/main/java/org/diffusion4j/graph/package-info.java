/**
 * A U-Net's configuration, {@link org.diffusion4j.graph.UNetConfig}, and the SameDiff graph that it describes, {@link
 * org.diffusion4j.graph.UNetGraph}. The graph consists of the blocks in {@code block}, which consist of the ops in {@code
 * op}.
 */
package org.diffusion4j.graph;
