package org.diffusion4j.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_MEAN;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_VARIANCE;

import org.bytedeco.dnnl.global.dnnl.normalization_flags;
import org.bytedeco.dnnl.global.dnnl.prop_kind;
import org.bytedeco.dnnl.layer_normalization_backward;
import org.bytedeco.dnnl.layer_normalization_forward;
import org.bytedeco.dnnl.memory;
import org.diffusion4j.engine.ir.NormOp.LayerNorm;
import org.diffusion4j.engine.ir.NormOp.LayerNormGradient;
import org.diffusion4j.engine.ir.Value;

/** Lowers layer norm to oneDNN's, which normalises each row separately, so that an image doesn't depend on the others. */
final class LayerNormLowering {
    private final Target target;
    private final Layouts layouts;
    private final Primitives primitives;
    private final ParameterGradients gradients;

    LayerNormLowering(Target target) {
        this.target = target;
        this.layouts = target.layouts();
        this.primitives = target.primitives();
        this.gradients = new ParameterGradients(target);
    }

    void addTo(Lowerings lowerings) {
        lowerings.add(LayerNorm.class, this::norm);
        lowerings.add(LayerNormGradient.class, this::gradient);
    }

    private static memory.desc rows(Value x) {
        long columns = x.size(x.rank() - 1);
        return Primitives.plain(x.length() / columns, columns);
    }

    private layer_normalization_forward.primitive_desc described(LayerNorm op, prop_kind kind) {
        memory.desc form = rows(op.x());
        return new layer_normalization_forward.primitive_desc(
                primitives.engine(),
                kind.value,
                form,
                form,
                (float) op.eps(),
                flags(op),
                Primitives.attributes(),
                false);
    }

    private static int flags(LayerNorm op) {
        return (op.weight() == null ? 0 : normalization_flags.use_scale.value)
                | (op.bias() == null ? 0 : normalization_flags.use_shift.value);
    }

    private void norm(LayerNorm op, Value y) {
        memory.desc form = rows(y);
        int threads = primitives.threadsFor(10.0 * y.length());
        boolean kept = op.mean() != null;
        layer_normalization_forward.primitive_desc description =
                described(op, kept ? prop_kind.forward_training : prop_kind.forward_inference);
        Buffer x = layouts.get(op.x(), Layout.PLAIN);
        Buffer weight = layouts.optional(op.weight());
        Buffer bias = layouts.optional(op.bias());
        PrimitiveStep step = primitives
                .step(description, threads)
                .with(DNNL_ARG_SRC, form, x)
                .with(DNNL_ARG_DST, form, layouts.make(y, Layout.PLAIN));
        if (kept) {
            step.with(DNNL_ARG_MEAN, description.mean_desc(), layouts.make(op.mean(), Layout.PLAIN))
                    .with(DNNL_ARG_VARIANCE, description.variance_desc(), layouts.make(op.variance(), Layout.PLAIN));
        }
        if (weight != null) {
            step.with(DNNL_ARG_SCALE, Primitives.plain(weight.length()), weight);
        }
        if (bias != null) {
            step.with(DNNL_ARG_SHIFT, Primitives.plain(bias.length()), bias);
        }
        layouts.add(step);
    }

    private void gradient(LayerNormGradient op, Value dx) {
        LayerNorm forward = op.forward();
        memory.desc form = rows(dx);
        int threads = primitives.threadsFor(20.0 * dx.length());
        layer_normalization_forward.primitive_desc hint = described(forward, prop_kind.forward_training);
        layer_normalization_backward.primitive_desc description = new layer_normalization_backward.primitive_desc(
                primitives.engine(),
                prop_kind.backward.value,
                form,
                form,
                form,
                (float) forward.eps(),
                flags(forward),
                hint,
                Primitives.attributes(),
                false);
        Buffer x = layouts.get(forward.x(), Layout.PLAIN);
        Buffer dy = layouts.get(op.dy(), Layout.PLAIN);
        PrimitiveStep step = primitives
                .step(description, threads)
                .with(DNNL_ARG_SRC, form, x)
                .with(DNNL_ARG_DIFF_DST, form, dy)
                .with(DNNL_ARG_MEAN, hint.mean_desc(), layouts.get(forward.mean(), Layout.PLAIN))
                .with(DNNL_ARG_VARIANCE, hint.variance_desc(), layouts.get(forward.variance(), Layout.PLAIN));
        Buffer ofWeight = gradientOf(forward.weight(), DNNL_ARG_DIFF_SCALE, step);
        Buffer ofBias = gradientOf(forward.bias(), DNNL_ARG_DIFF_SHIFT, step);
        if (forward.weight() != null) {
            step.with(DNNL_ARG_SCALE, Primitives.plain(ofWeight.length()), layouts.get(forward.weight(), Layout.PLAIN));
        }
        layouts.add(step.with(DNNL_ARG_DIFF_SRC, form, layouts.make(dx, Layout.PLAIN)));
        add(ofWeight, forward.weight());
        add(ofBias, forward.bias());
    }

    /** A buffer for a parameter's gradient, which the primitive makes even if nobody needs it; null for no parameter. */
    private static Buffer gradientOf(Value parameter, int argument, PrimitiveStep step) {
        if (parameter == null) {
            return null;
        }
        Buffer gradient = new Buffer(parameter.length(), false, false);
        step.with(argument, Primitives.plain(gradient.length()), gradient);
        return gradient;
    }

    private void add(Buffer gradient, Value parameter) {
        if (parameter != null && target.training().has(parameter)) {
            gradients.add(gradient, parameter);
        }
    }
}
