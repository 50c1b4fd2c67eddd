package org.diffusion4j.graph.block;

import org.diffusion4j.graph.option.TimeInjection;

/**
 * How the time embedding enters a residual block.
 *
 * @param injection where and how the embedding enters
 * @param activated whether the embedding passes the block's activation first
 */
public record TimeSpec(TimeInjection injection, boolean activated) {}
