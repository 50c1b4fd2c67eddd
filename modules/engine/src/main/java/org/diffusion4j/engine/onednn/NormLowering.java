package org.diffusion4j.engine.onednn;

import java.util.List;
import org.diffusion4j.engine.ir.NormOp.GroupNorm;
import org.diffusion4j.engine.ir.NormOp.GroupNormAgain;
import org.diffusion4j.engine.ir.NormOp.GroupNormGradient;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.kernels.Kernels;

/** Lowers group norm to vector loops over images with the channels last. */
final class NormLowering {
    private final Layouts layouts;
    private final Kernels kernels;
    private final ParameterGradients gradients;

    NormLowering(Target target) {
        this.layouts = target.layouts();
        this.kernels = target.kernels();
        this.gradients = new ParameterGradients(target);
    }

    void addTo(Lowerings lowerings) {
        lowerings.add(GroupNorm.class, this::norm);
        lowerings.add(GroupNormAgain.class, this::again);
        lowerings.add(GroupNormGradient.class, this::gradient);
    }

    private void norm(GroupNorm op, Value y) {
        Buffer x = layouts.get(op.x(), Layout.CHANNELS_LAST);
        Buffer result = layouts.make(y, Layout.CHANNELS_LAST);
        GroupNormLoop loop = new GroupNormLoop(
                kernels,
                GroupNormLoop.Size.of(op.x(), op.grouping()),
                x,
                layouts.optional(op.weight()),
                layouts.optional(op.bias()),
                layouts.optional(op.embedding()),
                layouts.optional(op.scale()),
                layouts.optional(op.shift()),
                result,
                made(op.kept()));
        layouts.overwriting(loop.stages(), result, x, loop.buffers());
    }

    private Buffer made(Value value) {
        return value == null ? null : layouts.make(value, Layout.PLAIN);
    }

    private void again(GroupNormAgain op, Value result) {
        GroupNormLoop.Size size = GroupNormLoop.Size.of(op.x(), op.grouping());
        Buffer x = layouts.get(op.x(), Layout.CHANNELS_LAST);
        Buffer kept = layouts.get(op.kept(), Layout.PLAIN);
        Buffer y = layouts.make(result, Layout.CHANNELS_LAST);
        float[] scale = new float[size.channels()];
        float[] shift = new float[size.channels()];
        layouts.loop(
                () -> {
                    for (int image = 0; image < size.images(); image++) {
                        int offset = image * size.imageBytes();
                        GroupNormLoop.Kept.SCALE.row(kept.bytes(), size, image, scale);
                        GroupNormLoop.Kept.SHIFT.row(kept.bytes(), size, image, shift);
                        kernels.affine(
                                x.bytes(),
                                offset,
                                y.bytes(),
                                offset,
                                size.positions(),
                                size.channels(),
                                scale,
                                shift,
                                size.activation());
                    }
                },
                x,
                kept,
                y);
    }

    private void gradient(GroupNormGradient op, Value dx) {
        GroupNorm forward = op.forward();
        GroupNormGradientLoop.Operands operands = new GroupNormGradientLoop.Operands(
                layouts.get(forward.x(), Layout.CHANNELS_LAST),
                layouts.optional(forward.weight()),
                layouts.optional(forward.bias()),
                layouts.optional(forward.embedding()),
                layouts.optional(forward.scale()),
                layouts.get(forward.kept(), Layout.PLAIN),
                layouts.get(op.dy(), Layout.CHANNELS_LAST),
                op.other() == null ? null : layouts.get(op.other(), Layout.CHANNELS_LAST));
        GroupNormGradientLoop.Results results = new GroupNormGradientLoop.Results(
                layouts.make(dx, Layout.CHANNELS_LAST),
                made(op.dEmbedding()),
                made(op.dScale()),
                made(op.dShift()),
                gradients.of(forward.weight()),
                gradients.of(forward.bias()));
        GroupNormLoop.Size size = GroupNormLoop.Size.of(forward.x(), forward.grouping());
        GroupNormGradientLoop loop = new GroupNormGradientLoop(kernels, size, operands, results);
        // What the sums are of is first written to dx.
        layouts.overwriting(List.of(Stage.whole(loop)), results.dx(), operands.dy(), loop.buffers());
        if (results.weight() != null) {
            gradients.add(results.weight(), forward.weight());
        }
        if (results.bias() != null) {
            gradients.add(results.bias(), forward.bias());
        }
    }
}
