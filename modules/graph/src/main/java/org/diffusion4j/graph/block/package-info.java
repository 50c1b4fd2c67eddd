/**
 * The blocks that a diffusion network is made of. A block is a record of its parts, and is added to a graph under a {@link
 * org.diffusion4j.graph.build.ParameterScope}. No block knows the network's configuration.
 */
package org.diffusion4j.graph.block;
