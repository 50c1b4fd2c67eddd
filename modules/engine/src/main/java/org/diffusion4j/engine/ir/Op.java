package org.diffusion4j.engine.ir;

/**
 * What a node computes. An op is a record whose components of type {@link Value} or {@code List<Value>} are the values that
 * it reads; optional ones may be null. An op of the backward pass may have the forward op as a component: then it reads the
 * values that the forward op reads and keeps. The node has the main result; a further result is a component that is marked
 * with {@link Made}.
 *
 * <p>The interface of each family lists its ops in two groups: those of the forward pass (SameDiff's ops, and those that
 * rewrites make from them) and those of the backward pass. In the latter, dy is the gradient of an op's result, and dx that
 * of its operand. An op of the backward pass that has no result adds to the flat buffer of the parameters' gradients.
 */
public sealed interface Op
        permits AttentionOp, ConvolutionOp, ElementwiseOp, NormOp, ProductOp, ReductionOp, ResamplingOp, ShapeOp {}
