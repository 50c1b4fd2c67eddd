package org.diffusion4j.engine.onednn;

import java.util.List;
import org.bytedeco.dnnl.memory;
import org.diffusion4j.engine.ir.ProductOp.Gather;
import org.diffusion4j.engine.ir.ProductOp.GatherWeights;
import org.diffusion4j.engine.ir.ProductOp.Linear;
import org.diffusion4j.engine.ir.ProductOp.LinearData;
import org.diffusion4j.engine.ir.ProductOp.LinearWeights;
import org.diffusion4j.engine.ir.ProductOp.MatrixProduct;
import org.diffusion4j.engine.ir.ProductOp.OneHot;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.engine.onednn.Primitives.Weighted;

/** Lowers matrix products, and the look-up of rows to copies of them. */
final class ProductLowering {
    private final Target target;
    private final Layouts layouts;
    private final Primitives primitives;
    private final ConvolutionSteps steps;
    private final ParameterGradients gradients;

    ProductLowering(Target target) {
        this.target = target;
        this.layouts = target.layouts();
        this.primitives = target.primitives();
        this.steps = new ConvolutionSteps(target);
        this.gradients = new ParameterGradients(target);
    }

    void addTo(Lowerings lowerings) {
        lowerings.add(MatrixProduct.class, this::product);
        lowerings.add(OneHot.class, this::oneHot);
        lowerings.add(Gather.class, this::gather);
        lowerings.add(GatherWeights.class, (op, y) -> gatherWeights(op));
        lowerings.add(Linear.class, this::linear);
        lowerings.add(LinearData.class, this::linearData);
        lowerings.add(LinearWeights.class, (op, y) -> linearWeights(op));
    }

    private void product(MatrixProduct op, Value y) {
        Value a = op.left();
        Value b = op.right();
        Buffer left = layouts.get(a, Layout.PLAIN);
        Buffer right = layouts.get(b, Layout.PLAIN);
        layouts.add(primitives.product(
                Primitives.strided(a.shape(), op.transposeLeft()),
                left,
                Primitives.strided(b.shape(), op.transposeRight()),
                right,
                Primitives.plain(y.shape()),
                layouts.make(y, Layout.PLAIN),
                op.transposeLeft() ? a.size(a.rank() - 2) : a.size(a.rank() - 1),
                Primitives.attributes()));
    }

    private void oneHot(OneHot op, Value y) {
        Buffer from = layouts.get(op.indices(), Layout.PLAIN);
        Buffer to = layouts.make(y, Layout.PLAIN);
        int depth = y.size(y.rank() - 1);
        layouts.loop(
                () -> {
                    for (long i = 0; i < to.length(); i++) {
                        to.set(i, from.get(i / depth) == i % depth ? 1 : 0);
                    }
                },
                from,
                to);
    }

    private void gather(Gather op, Value y) {
        Buffer indices = layouts.get(op.indices(), Layout.PLAIN);
        Buffer table = layouts.get(op.table(), Layout.PLAIN);
        Buffer rows = layouts.make(y, Layout.PLAIN);
        int width = 4 * op.table().size(1);
        byte[] none = new byte[width];
        layouts.loop(
                () -> {
                    for (int i = 0; i < indices.length(); i++) {
                        long row = (long) indices.get(i);
                        if (row >= 0 && row < op.table().size(0)) {
                            rows.bytes().put(i * width, table.bytes(), (int) (row * width), width);
                        } else {
                            rows.bytes().put(i * width, none);
                        }
                    }
                },
                indices,
                table,
                rows);
    }

    private void gatherWeights(GatherWeights op) {
        Buffer indices = layouts.get(op.indices(), Layout.PLAIN);
        Buffer dy = layouts.get(op.dy(), Layout.PLAIN);
        Buffer sum = target.training().gradient(op.table());
        int width = op.table().size(1);
        Runnable loop = () -> {
            for (long i = 0; i < indices.length(); i++) {
                long row = (long) indices.get(i);
                if (row >= 0 && row < op.table().size(0)) {
                    for (int column = 0; column < width; column++) {
                        long at = row * width + column;
                        sum.set(at, sum.get(at) + dy.get(i * width + column));
                    }
                }
            }
        };
        layouts.add(target.training().inTurn(Layouts.loopStep(List.of(Stage.whole(loop)), indices, dy, sum)));
    }

    /**
     * Lowers a linear layer to a 1×1 convolution in which an image's rows are its pixels. A matrix product of one row adds
     * in another order than one of many rows, so an image would depend on how many images there are.
     */
    private void linear(Linear op, Value y) {
        ConvolutionForm form = ConvolutionForm.linear(op.weight().shape());
        memory.desc source = pixels(op.x());
        memory.desc result = pixels(y);
        Buffer x = layouts.get(op.x(), Layout.PLAIN);
        int wanted = primitives.threadsFor(y.length() * form.work());
        Weighted direct = steps.forward(form, source, op.bias(), result, false);
        Buffer made = layouts.make(y, Layout.PLAIN);
        steps.add(direct, form, source, x, op.weight(), op.bias(), result, null, made, wanted);
    }

    private memory.desc pixels(Value rows) {
        long images = rows.size(0) % target.batch() == 0 ? target.batch() : 1;
        return new memory.desc(
                new long[] {images, rows.size(1), 1, rows.size(0) / images}, Primitives.F32, memory.format_tag.nhwc);
    }

    private void linearData(LinearData op, Value x) {
        Value dy = op.dy();
        Value weight = op.weight();
        layouts.add(primitives.product(
                Primitives.plain(dy.shape()),
                layouts.get(dy, Layout.PLAIN),
                matrix(weight),
                layouts.get(weight, Layout.PLAIN),
                Primitives.plain(x.shape()),
                layouts.make(x, Layout.PLAIN),
                dy.size(1),
                Primitives.attributes()));
    }

    /** A weight [out, in, 1, …] without the dimensions of one element. */
    private static memory.desc matrix(Value weight) {
        return Primitives.plain(weight.size(0), weight.size(1));
    }

    private void linearWeights(LinearWeights op) {
        Value x = op.x();
        Value dy = op.dy();
        Buffer from = layouts.get(x, Layout.PLAIN);
        Buffer gradient = layouts.get(dy, Layout.PLAIN);
        if (op.weight() != null) {
            Buffer ofWeight = new Buffer(op.weight().length(), false, false);
            layouts.add(primitives.product(
                    Primitives.strided(dy.shape(), true),
                    gradient,
                    Primitives.plain(x.shape()),
                    from,
                    matrix(op.weight()),
                    ofWeight,
                    x.size(0),
                    Primitives.attributes()));
            gradients.add(ofWeight, op.weight());
        }
        if (op.bias() != null) {
            linearBias(gradient, x.size(0), op.bias());
        }
    }

    private void linearBias(Buffer gradient, int rows, Value bias) {
        int columns = bias.size(0);
        Buffer ofBias = new Buffer(bias.length(), false, false);
        float[] sums = new float[columns];
        float[] squares = new float[columns];
        layouts.loop(
                () -> {
                    target.kernels().columnSums(gradient.bytes(), 0, rows, columns, sums, squares);
                    for (int c = 0; c < columns; c++) {
                        ofBias.set(
                                c, (double) sums[c] + rows * gradient.get(c)); // the first row was subtracted in them
                    }
                },
                gradient,
                ofBias);
        gradients.add(ofBias, bias);
    }
}
