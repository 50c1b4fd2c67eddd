package org.diffusion4j.weights.torchfile;

/**
 * A tensor of a kind that isn't read here, such as a quantised or a sparse one.
 *
 * @param kind what it is, in a few words
 */
record UnreadableTensor(String kind) {}
