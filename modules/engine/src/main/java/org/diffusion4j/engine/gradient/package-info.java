/** The backward pass: the gradients of the ops, one class per family. */
package org.diffusion4j.engine.gradient;
