/** The network as an intermediate form between SameDiff and the primitives: values of known shape, and the ops that make them. */
package org.diffusion4j.engine.ir;
