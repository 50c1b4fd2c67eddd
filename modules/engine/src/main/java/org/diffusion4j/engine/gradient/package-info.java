/** The backward pass: what the gradient of each op is, family by family. */
package org.diffusion4j.engine.gradient;
