package org.diffusion4j.engine.onednn;

import org.bytedeco.dnnl.global.dnnl.algorithm;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.diffusion4j.engine.ir.AttentionOp.Attention;
import org.diffusion4j.engine.ir.AttentionOp.AttentionGradient;
import org.diffusion4j.engine.ir.Value;

/**
 * Lowers attention to two matrix products and a softmax on views of the heads, or to a {@link TiledAttention} or
 * {@link BlockAttention} if it is large or has a mask.
 */
final class AttentionLowering {
    private final Layouts layouts;
    private final Primitives primitives;
    private final ReductionLowering reductions;

    AttentionLowering(Target target) {
        this.layouts = target.layouts();
        this.primitives = target.primitives();
        this.reductions = new ReductionLowering(target);
    }

    void addTo(Lowerings lowerings) {
        lowerings.add(Attention.class, this::attention);
        lowerings.add(AttentionGradient.class, this::gradient);
    }

    private void attention(Attention op, Value y) {
        AttentionForm form = AttentionForm.of(op);
        Buffer q = layouts.get(op.query(), Layout.PLAIN);
        Buffer k = layouts.get(op.key(), Layout.PLAIN);
        Buffer v = layouts.get(op.value(), Layout.PLAIN);
        if (op.isInBlocks()) {
            BlockAttention.Sequences x = new BlockAttention.Sequences(q, k, v);
            Buffer keyBias = layouts.optional(op.keyBias());
            Buffer mixed = layouts.make(y, Layout.PLAIN);
            layouts.add(
                    TiledAttention.isFor(op)
                            ? TiledAttention.forward(primitives, op, x, keyBias, mixed)
                            : BlockAttention.forward(primitives, op, x, keyBias, mixed));
            return;
        }
        primitive_attr scaled = scaling(op);
        Buffer scores = form.scoreBuffer();
        Buffer shares = op.shares() == null ? form.scoreBuffer() : layouts.make(op.shares(), Layout.PLAIN);
        layouts.add(primitives.product(
                form.heads(form.s()), q, form.headsTransposed(form.l()), k, form.scores(), scores, form.d(), scaled));
        reductions.softmax(scores, shares, form.n(), form.h(), form.s(), form.l());
        layouts.add(primitives.product(
                form.scores(),
                shares,
                form.heads(form.l()),
                v,
                form.heads(form.s()),
                layouts.make(y, Layout.PLAIN),
                form.l(),
                Primitives.attributes()));
    }

    private static primitive_attr scaling(Attention op) {
        primitive_attr scaled = Primitives.attributes();
        post_ops after = new post_ops();
        after.append_eltwise(algorithm.eltwise_linear, (float) op.scale(), 0);
        scaled.set_post_ops(after);
        return scaled;
    }

    private void gradient(AttentionGradient op, Value dQuery) {
        Attention forward = op.forward();
        AttentionForm form = AttentionForm.of(forward);
        Buffer q = layouts.get(forward.query(), Layout.PLAIN);
        Buffer k = layouts.get(forward.key(), Layout.PLAIN);
        Buffer v = layouts.get(forward.value(), Layout.PLAIN);
        Buffer dy = layouts.get(op.dy(), Layout.PLAIN);
        Buffer dq = layouts.make(dQuery, Layout.PLAIN);
        Buffer dk = layouts.make(op.dKey(), Layout.PLAIN);
        Buffer dv = layouts.make(op.dValue(), Layout.PLAIN);
        if (forward.isInBlocks()) {
            layouts.add(BlockAttention.backward(
                    primitives,
                    forward,
                    new BlockAttention.Sequences(q, k, v),
                    layouts.optional(forward.keyBias()),
                    dy,
                    new BlockAttention.Sequences(dq, dk, dv)));
            return;
        }
        Buffer shares = layouts.get(forward.shares(), Layout.PLAIN);
        Buffer ofShares = form.scoreBuffer();
        Buffer ofScores = form.scoreBuffer();
        long s = form.s();
        long l = form.l();
        primitive_attr scaled = scaling(forward);
        layouts.add(primitives.product(
                form.scoresTransposed(), shares, form.heads(s), dy, form.heads(l), dv, s, Primitives.attributes()));
        layouts.add(primitives.product(
                form.heads(s),
                dy,
                form.headsTransposed(l),
                v,
                form.scores(),
                ofShares,
                form.d(),
                Primitives.attributes()));
        reductions.softmaxGradient(shares, ofShares, ofScores, form.n(), form.h(), s, l);
        layouts.add(primitives.product(form.scores(), ofScores, form.heads(l), k, form.heads(s), dq, l, scaled));
        layouts.add(
                primitives.product(form.scoresTransposed(), ofScores, form.heads(s), q, form.heads(l), dk, s, scaled));
    }
}
