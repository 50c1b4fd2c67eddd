package org.diffusion4j.graph.block;

import org.diffusion4j.graph.option.TimeInjection;

/**
 * How the time embedding enters a residual block.
 *
 * @param injection where and how
 * @param activated whether it passes the block's activation first
 */
public record TimeSpec(TimeInjection injection, boolean activated) {}
