/**
 * A U-Net's configuration, and the SameDiff graph that it describes: {@link org.diffusion4j.graph.UNetConfig} to
 * {@link org.diffusion4j.graph.UNetGraph}, made of the blocks in {@code block}, which are made of the ops in {@code op}.
 */
package org.diffusion4j.graph;
