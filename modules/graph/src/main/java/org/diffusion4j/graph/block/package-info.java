/**
 * The blocks that a diffusion network is made of. A block is a record of what it consists of, and is added to a graph under a
 * {@link org.diffusion4j.graph.build.ParameterScope}; none knows the network's configuration.
 */
package org.diffusion4j.graph.block;
