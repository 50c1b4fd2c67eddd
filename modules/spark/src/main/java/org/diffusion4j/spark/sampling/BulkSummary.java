package org.diffusion4j.spark.sampling;

/**
 * What a bulk sampling did.
 *
 * @param images the pictures that are there now
 * @param drawn those that were missing before
 */
public record BulkSummary(int images, int drawn) {}
