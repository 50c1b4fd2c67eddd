package org.diffusion4j.graph.adm;

import java.util.List;
import org.diffusion4j.graph.build.Initial;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Activations;
import org.diffusion4j.graph.op.Attentions;
import org.diffusion4j.graph.op.Convolutions;
import org.diffusion4j.graph.op.FeedForward;
import org.diffusion4j.graph.op.Norms;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * The layers of a classifier behind its blocks: they turn images into a number for each class.
 *
 * @param classes how many classes there are
 * @param headChannels the width of a head of attention pooling
 */
record AdmPooling(int classes, int headChannels) {
    /** The width between the two linear layers that look at all blocks. */
    private static final int HIDDEN = 2048;

    /** The numbers of each class, [N, classes], from the last image. */
    ShapedVariable ofLast(ParameterScope out, ShapedVariable x, boolean attention) {
        ShapedVariable h = Activations.silu(Norms.groupNorm(out.child("0"), x, AdmLevels.GROUPS, AdmAttention.EPS));
        if (attention) {
            return attention(out.child("2"), Attentions.toSequence(h));
        }
        ShapedVariable mean =
                new ShapedVariable(h.sameDiff().mean(h.variable(), true, 2, 3), h.size(0), h.size(1), 1, 1);
        return rows(Convolutions.conv2d(AdmNames.zeros(out.child("3")), mean, classes, 1));
    }

    /** The same from the images of all blocks. */
    ShapedVariable ofAll(ParameterScope out, List<ShapedVariable> images, boolean normalized) {
        SameDiff sd = images.get(0).sameDiff();
        SDVariable[] means = images.stream()
                .map(image -> sd.reshape(sd.mean(image.variable(), true, 2, 3), -1, image.size(1)))
                .toArray(SDVariable[]::new);
        long width = images.stream().mapToLong(image -> image.size(1)).sum();
        ShapedVariable features = new ShapedVariable(sd.concat(1, means), -1, width);
        ShapedVariable hidden = FeedForward.linear(out.child("0"), features, HIDDEN, true);
        if (!normalized) {
            return FeedForward.linear(out.child("2"), Activations.relu(hidden), classes, true);
        }
        ShapedVariable pixel = new ShapedVariable(sd.reshape(hidden.variable(), -1, HIDDEN, 1, 1), -1, HIDDEN, 1, 1);
        ShapedVariable norm = Norms.groupNorm(out.child("1"), pixel, AdmLevels.GROUPS, AdmAttention.EPS);
        return FeedForward.linear(out.child("3"), rows(Activations.silu(norm)), classes, true);
    }

    private static ShapedVariable rows(ShapedVariable pixel) {
        return new ShapedVariable(
                pixel.sameDiff().reshape(pixel.variable(), -1, pixel.size(1)), pixel.size(0), pixel.size(1));
    }

    /** The sequence's mean looks at itself and at the sequence: Radford et al. 2021 (arXiv:2103.00020), section 2.4. */
    private ShapedVariable attention(ParameterScope scope, ShapedVariable x) {
        SameDiff sd = x.sameDiff();
        long width = x.size(2);
        long length = x.size(1) + 1;
        SDVariable position = scope.parameter(
                "positional_embedding", new Initial.Normal(1 / Math.sqrt((double) width)), true, width, length);
        SDVariable all = sd.concat(1, sd.mean(x.variable(), true, 1), x.variable())
                .add(sd.reshape(sd.permute(position, 1, 0), 1, length, width));
        ShapedVariable projected = FeedForward.pointwise(
                scope.child("qkv_proj"), new ShapedVariable(all, x.size(0), length, width), 3 * width);
        ShapedVariable[] three = AdmAttention.three(projected, 1);
        SDVariable first = sd.stridedSlice(
                three[0].variable(),
                new long[] {0, 0, 0},
                new long[] {0, 1, width},
                new long[] {1, 1, 1},
                1,
                1,
                0,
                0,
                0);
        ShapedVariable query = new ShapedVariable(first, x.size(0), 1, width);
        ShapedVariable mixed = Attentions.attention(query, three[1], three[2], Math.toIntExact(width / headChannels));
        ShapedVariable scores = FeedForward.pointwise(scope.child("c_proj"), mixed, classes);
        return new ShapedVariable(sd.reshape(scores.variable(), -1, classes), x.size(0), classes);
    }
}
