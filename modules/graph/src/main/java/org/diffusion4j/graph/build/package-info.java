/** What a network is built with: variables whose shapes are known, and parameters by name. */
package org.diffusion4j.graph.build;
