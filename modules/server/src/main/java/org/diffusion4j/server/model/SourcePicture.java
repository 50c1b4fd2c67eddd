package org.diffusion4j.server.model;

import org.diffusion4j.data.SinglePicture;

/**
 * What pictures are drawn from.
 *
 * @param image the picture, in colour
 * @param mask grey, of any size: white where it is drawn anew; null to draw all of it anew
 * @param strength how much noise is added to it, above 0 and at most 1; null for the model's usual
 */
public record SourcePicture(SinglePicture image, SinglePicture mask, Double strength) {}
