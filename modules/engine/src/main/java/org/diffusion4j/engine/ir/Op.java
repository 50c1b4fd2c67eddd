package org.diffusion4j.engine.ir;

/**
 * What a node does: a record that has what it reads as components of type {@link Value} or {@code List<Value>}, null where an
 * optional one is absent. An op of the backward pass may have the forward op itself as a component: then it reads what that
 * one reads and what that one keeps. The main result is the node's; a further one is a component marked as {@link Made}.
 *
 * <p>The families' interfaces have the ops in two groups: those of the forward pass (SameDiff's own, and what rewrites fuse
 * them into) and those of the backward pass. In the latter dy is the gradient of an op's result, dx that of its operand; "into
 * the gradients" is said of an op without a result: it adds to the flat buffer of the parameters' gradients.
 */
public sealed interface Op
        permits AttentionOp, ConvolutionOp, ElementwiseOp, NormOp, ProductOp, ReductionOp, ResamplingOp, ShapeOp {}
