/**
 * A U-Net's configuration, and the SameDiff graph that it describes: {@link org.diffusion4j.graph.UNetConfig} to
 * {@link org.diffusion4j.graph.UNetGraph}, with the ops in {@link org.diffusion4j.graph.SDDiffusion}.
 */
package org.diffusion4j.graph;
