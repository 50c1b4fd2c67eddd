package org.diffusion4j.engine.onednn;

import org.diffusion4j.engine.ir.ElementwiseOp.Accumulate;
import org.diffusion4j.engine.ir.ElementwiseOp.Binary;
import org.diffusion4j.engine.ir.ElementwiseOp.Dropout;
import org.diffusion4j.engine.ir.ElementwiseOp.GatedGelu;
import org.diffusion4j.engine.ir.ElementwiseOp.GatedGeluGradient;
import org.diffusion4j.engine.ir.ElementwiseOp.Gelu;
import org.diffusion4j.engine.ir.ElementwiseOp.GeluGradient;
import org.diffusion4j.engine.ir.ElementwiseOp.Silu;
import org.diffusion4j.engine.ir.ElementwiseOp.SiluGradient;
import org.diffusion4j.engine.ir.ElementwiseOp.Unary;
import org.diffusion4j.engine.ir.ElementwiseOp.UnaryGradient;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.kernels.Kernels;

/** Lowers the ops that work element by element to loops over memory in any layout. */
final class ElementwiseLowering {
    private final Layouts layouts;
    private final Kernels kernels;
    private final ParameterGradients gradients;

    ElementwiseLowering(Target target) {
        this.layouts = target.layouts();
        this.kernels = target.kernels();
        this.gradients = new ParameterGradients(target);
    }

    void addTo(Lowerings lowerings) {
        lowerings.add(Unary.class, this::unary);
        lowerings.add(UnaryGradient.class, this::unaryGradient);
        lowerings.add(Binary.class, this::binary);
        lowerings.add(Silu.class, this::silu);
        lowerings.add(SiluGradient.class, this::siluGradient);
        lowerings.add(Gelu.class, this::gelu);
        lowerings.add(GeluGradient.class, this::geluGradient);
        lowerings.add(GatedGelu.class, this::gatedGelu);
        lowerings.add(GatedGeluGradient.class, this::gatedGeluGradient);
        lowerings.add(Dropout.class, this::dropout);
        lowerings.add(
                Accumulate.class, (op, y) -> gradients.add(layouts.get(op.gradient(), Layout.PLAIN), op.parameter()));
    }

    private void unary(Unary op, Value result) {
        // Values that aren't float32 have only one layout.
        Layout layout = Layouts.wide(result.dataType()) ? Layout.PLAIN : layouts.first(op.x());
        Buffer x = layouts.get(op.x(), layout);
        Buffer y = layouts.make(result, layout);
        layouts.elementwise(
                Stage.elements(y.length(), (from, to) -> {
                    // Were i a long, Java 17 would compile this loop anew every few seconds, for almost a second each.
                    for (int i = from; i < to; i++) {
                        y.set(i, Loops.apply(op.function(), x.get(i)));
                    }
                }),
                y,
                x);
    }

    private void unaryGradient(UnaryGradient op, Value result) {
        Layout layout = layouts.first(op.x());
        Buffer x = layouts.get(op.x(), layout);
        Buffer y = layouts.get(op.y(), layout);
        Buffer dy = layouts.get(op.dy(), layout);
        Buffer dx = layouts.make(result, layout);
        layouts.elementwise(
                () -> {
                    for (long i = 0; i < dx.length(); i++) {
                        dx.set(i, dy.get(i) * Loops.slope(op.function(), x.get(i), y.get(i)));
                    }
                },
                dx,
                dy,
                x,
                y);
    }

    private void binary(Binary op, Value out) {
        if (op.left().sameShape(op.right())) {
            sameShape(op, out);
            return;
        }
        Buffer a = layouts.get(op.left(), Layout.PLAIN);
        Buffer b = layouts.get(op.right(), Layout.PLAIN);
        Buffer y = layouts.make(out, Layout.PLAIN);
        long[] aStrides = Loops.broadcast(op.left().shape(), out.shape());
        long[] bStrides = Loops.broadcast(op.right().shape(), out.shape());
        layouts.loop(() -> Loops.binary(op.kind(), a, aStrides, b, bStrides, y, out.shape()), a, b, y);
    }

    private void sameShape(Binary op, Value out) {
        boolean channelsLast =
                layouts.first(op.left()) == Layout.CHANNELS_LAST || layouts.first(op.right()) == Layout.CHANNELS_LAST;
        Layout layout = channelsLast ? Layout.CHANNELS_LAST : Layout.PLAIN;
        Buffer a = layouts.get(op.left(), layout);
        Buffer b = layouts.get(op.right(), layout);
        Buffer y = layouts.make(out, layout);
        boolean narrow = !a.isWide() && !b.isWide() && !y.isWide();
        if (op.kind() == Binary.Kind.ADD && narrow) {
            Stage.Rows add =
                    (from, to) -> kernels.add(a.bytes(from, to), b.bytes(from, to), y.bytes(from, to), to - from);
            layouts.elementwise(Stage.elements(y.length(), add), y, a, b);
            return;
        }
        layouts.elementwise(
                Stage.elements(y.length(), (from, to) -> {
                    for (long i = from; i < to; i++) {
                        y.set(i, Loops.apply(op.kind(), a.get(i), b.get(i)));
                    }
                }),
                y,
                a,
                b);
    }

    private void silu(Silu op, Value result) {
        Layout layout = layouts.first(op.x());
        Buffer x = layouts.get(op.x(), layout);
        Buffer y = layouts.make(result, layout);
        Stage.Rows silu = (from, to) -> kernels.silu(x.bytes(from, to), y.bytes(from, to), to - from);
        layouts.elementwise(Stage.elements(y.length(), silu), y, x);
    }

    private void siluGradient(SiluGradient op, Value result) {
        Layout layout = layouts.first(op.x());
        Buffer x = layouts.get(op.x(), layout);
        Buffer dy = layouts.get(op.dy(), layout);
        Buffer dx = layouts.make(result, layout);
        layouts.elementwise(
                () -> kernels.siluGradient(x.bytes(), dy.bytes(), dx.bytes(), (int) dx.length()), dx, dy, x);
    }

    private void gelu(Gelu op, Value result) {
        Layout layout = layouts.first(op.x());
        Buffer x = layouts.get(op.x(), layout);
        Buffer y = layouts.make(result, layout);
        Stage.Rows gelu = (from, to) -> kernels.gelu(op.form(), x.bytes(from, to), y.bytes(from, to), to - from);
        layouts.loop(Stage.elements(y.length(), gelu), x, y);
    }

    private void geluGradient(GeluGradient op, Value result) {
        Layout layout = layouts.first(op.x());
        Buffer x = layouts.get(op.x(), layout);
        Buffer dy = layouts.get(op.dy(), layout);
        Buffer dx = layouts.make(result, layout);
        layouts.loop(
                () -> kernels.geluGradient(op.form(), x.bytes(), dy.bytes(), dx.bytes(), (int) dx.length()), x, dy, dx);
    }

    private void gatedGelu(GatedGelu op, Value result) {
        int columns = result.size(result.rank() - 1);
        int rows = Math.toIntExact(result.length() / columns);
        Buffer x = layouts.get(op.x(), Layout.PLAIN);
        Buffer y = layouts.make(result, Layout.PLAIN);
        Stage.Rows gelu = (from, to) -> kernels.gatedGelu(
                op.form(),
                x.bytes(2 * from * columns, 2 * to * columns),
                y.bytes(from * columns, to * columns),
                to - from,
                columns);
        layouts.loop(Stage.rows(rows, columns, gelu), x, y);
    }

    private void gatedGeluGradient(GatedGeluGradient op, Value result) {
        int columns = op.dy().size(op.dy().rank() - 1);
        int rows = Math.toIntExact(op.dy().length() / columns);
        Buffer x = layouts.get(op.x(), Layout.PLAIN);
        Buffer dy = layouts.get(op.dy(), Layout.PLAIN);
        Buffer dx = layouts.make(result, Layout.PLAIN);
        layouts.loop(
                () -> kernels.gatedGeluGradient(op.form(), x.bytes(), dy.bytes(), dx.bytes(), rows, columns),
                x,
                dy,
                dx);
    }

    private void dropout(Dropout op, Value result) {
        Value in = op.x();
        Layout layout = layouts.first(in);
        Buffer x = layouts.get(in, layout);
        Buffer phase = layouts.get(op.phase(), Layout.PLAIN);
        Buffer y = layouts.make(result, layout);
        boolean image = layout == Layout.CHANNELS_LAST;
        int columns = image ? in.size(1) : 1;
        int rows = Math.toIntExact(in.length() / in.size(0) / columns);
        layouts.loop(() -> Loops.dropout(op, x, phase, y, in.size(0), rows, columns), x, phase, y);
    }
}
