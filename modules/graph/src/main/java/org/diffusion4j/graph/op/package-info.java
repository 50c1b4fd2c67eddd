/**
 * The ops that a diffusion network is made of, as {@code sd.nn()} has those of other networks, one class for each kind. Each op
 * is a composition of stock SameDiff ops whose gradients are right: thus a saved graph opens wherever ND4J runs. Images
 * are NCHW; a bias or a norm's weight may be null where PyTorch's may be absent. An op that takes a {@link
 * org.diffusion4j.graph.build.ParameterScope} is a layer, which makes its own parameters.
 */
package org.diffusion4j.graph.op;
