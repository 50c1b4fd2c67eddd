/**
 * The ops that a diffusion network is made of, one class per kind, as {@code sd.nn()} has the ops of other networks. Each
 * op is composed of SameDiff's own ops whose gradients are right, so a saved graph can be opened wherever ND4J runs. Images
 * are NCHW. A bias or a norm's weight may be null where PyTorch allows it to be absent. An op that takes a {@link
 * org.diffusion4j.graph.build.ParameterScope} is a layer, which makes its own parameters.
 */
package org.diffusion4j.graph.op;
