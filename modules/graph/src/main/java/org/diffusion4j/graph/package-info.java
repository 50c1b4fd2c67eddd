/**
 * A U-Net's configuration, and the SameDiff graph that it describes: {@link org.diffusion4j.graph.UNetConfig} to {@link
 * org.diffusion4j.graph.UNetGraph}. The graph consists of the blocks in {@code block}, and they of the ops in {@code op}.
 */
package org.diffusion4j.graph;
