/** The values that a network's options can have, under their names in {@code config.json}. */
package org.diffusion4j.graph.option;
