package org.diffusion4j.engine.onednn;

import java.util.Arrays;
import org.diffusion4j.engine.ir.ShapeOp.Concat;
import org.diffusion4j.engine.ir.ShapeOp.Pad;
import org.diffusion4j.engine.ir.ShapeOp.Permute;
import org.diffusion4j.engine.ir.ShapeOp.Reshape;
import org.diffusion4j.engine.ir.ShapeOp.Slice;
import org.diffusion4j.engine.ir.ShapeOp.Tile;
import org.diffusion4j.engine.ir.ShapeOp.ToImage;
import org.diffusion4j.engine.ir.ShapeOp.ToSequence;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.kernels.Kernels;

/** Lowers the ops that move numbers to other places. Some of them only make another view of the same memory. */
final class ShapeLowering {
    private final Layouts layouts;
    private final Kernels kernels;

    ShapeLowering(Target target) {
        this.layouts = target.layouts();
        this.kernels = target.kernels();
    }

    void addTo(Lowerings lowerings) {
        lowerings.add(Reshape.class, (op, y) -> layouts.place(y, Layout.PLAIN, layouts.get(op.x(), Layout.PLAIN)));
        lowerings.add(
                ToSequence.class,
                (op, y) -> layouts.place(y, Layout.PLAIN, layouts.get(op.image(), Layout.CHANNELS_LAST)));
        lowerings.add(
                ToImage.class,
                (op, y) -> layouts.place(y, Layout.CHANNELS_LAST, layouts.get(op.sequence(), Layout.PLAIN)));
        lowerings.add(Permute.class, this::permute);
        lowerings.add(Concat.class, this::concat);
        lowerings.add(Slice.class, this::slice);
        lowerings.add(Tile.class, this::tile);
        lowerings.add(Pad.class, this::pad);
    }

    private void permute(Permute op, Value y) {
        long[] own = Loops.strides(op.x().shape());
        gather(op.x(), 0, Arrays.stream(op.order()).mapToLong(i -> own[i]).toArray(), y);
    }

    private void tile(Tile op, Value y) {
        gather(op.x(), 0, Loops.broadcast(op.x().shape(), y.shape()), y);
    }

    private void slice(Slice op, Value y) {
        if (isChannels(op, y)) {
            channels(op, y);
            return;
        }
        if (isColumns(op, y)) {
            columns(op, y);
            return;
        }
        long[] strides = Loops.strides(op.x().shape());
        long offset = 0;
        for (int i = 0; i < strides.length; i++) {
            offset += strides[i] * op.begin()[i];
        }
        gather(op.x(), offset, strides, y);
    }

    private void gather(Value x, long offset, long[] strides, Value y) {
        Buffer from = layouts.get(x, Layout.PLAIN);
        Buffer to = layouts.make(y, Layout.PLAIN);
        layouts.loop(() -> Loops.gather(from, offset, strides, to, y.shape()), from, to);
    }

    /** Whether the slice is a range of channels at every position of an image. */
    private boolean isChannels(Slice op, Value y) {
        Value x = op.x();
        return x.rank() == 4
                && layouts.first(x) == Layout.CHANNELS_LAST
                && x.size(0) == y.size(0)
                && x.size(2) == y.size(2)
                && x.size(3) == y.size(3)
                && op.begin()[0] == 0
                && op.begin()[2] == 0
                && op.begin()[3] == 0;
    }

    /** Whether the slice is a range of the last dimension. */
    private static boolean isColumns(Slice op, Value y) {
        int last = y.rank() - 1;
        for (int i = 0; i < last; i++) {
            if (op.x().size(i) != y.size(i)) {
                return false;
            }
        }
        return !Layouts.wide(y.dataType());
    }

    private void columns(Slice op, Value out) {
        Buffer x = layouts.get(op.x(), Layout.PLAIN);
        Buffer y = layouts.make(out, Layout.PLAIN);
        int last = out.rank() - 1;
        int columns = out.size(last);
        int rows = Math.toIntExact(out.length() / columns);
        copyColumns(x, 4 * (int) op.begin()[last], op.x().size(last), y, 0, columns, rows, columns);
    }

    private void channels(Slice op, Value out) {
        Value in = op.x();
        Buffer x = layouts.get(in, Layout.CHANNELS_LAST);
        Buffer y = layouts.make(out, Layout.CHANNELS_LAST);
        int from = 4 * (int) op.begin()[1];
        int rows = in.size(0) * in.size(2) * in.size(3);
        int columns = out.size(1);
        copyColumns(x, from, in.size(1), y, 0, columns, rows, columns);
    }

    private void pad(Pad op, Value y) {
        Buffer from = layouts.get(op.x(), Layout.PLAIN);
        Buffer to = layouts.make(y, Layout.PLAIN);
        long[] at = Arrays.stream(op.front()).asLongStream().toArray();
        layouts.loop(() -> Loops.scatter(from, op.x().shape(), to, y.shape(), at), from, to);
    }

    private void concat(Concat op, Value out) {
        if (out.rank() == 4 && op.axis() == 1 && !Layouts.wide(out.dataType())) {
            concatChannels(op, out);
            return;
        }
        Buffer y = layouts.make(out, Layout.PLAIN);
        long inner = 1;
        for (int i = op.axis() + 1; i < out.rank(); i++) {
            inner *= out.size(i);
        }
        long line = inner * out.size(op.axis());
        long before = 0;
        for (Value part : op.parts()) {
            Buffer x = layouts.get(part, Layout.PLAIN);
            long width = inner * part.size(op.axis());
            long at = before;
            layouts.loop(
                    () -> {
                        for (long i = 0; i < x.length(); i++) {
                            y.set(i / width * line + at + i % width, x.get(i));
                        }
                    },
                    x,
                    y);
            before += width;
        }
    }

    private void concatChannels(Concat op, Value out) {
        int rows = out.size(0) * out.size(2) * out.size(3);
        Buffer y = layouts.make(out, Layout.CHANNELS_LAST);
        int before = 0;
        for (Value part : op.parts()) {
            Buffer x = layouts.get(part, Layout.CHANNELS_LAST);
            int at = 4 * before;
            int columns = part.size(1);
            copyColumns(x, 0, columns, y, at, out.size(1), rows, columns);
            before += columns;
        }
    }

    private void copyColumns(
            Buffer x, int xOffset, int xColumns, Buffer y, int yOffset, int yColumns, int rows, int columns) {
        Stage.Rows copy = (from, to) -> kernels.copyColumns(
                x.bytes(),
                xOffset + 4 * from * xColumns,
                xColumns,
                y.bytes(),
                yOffset + 4 * from * yColumns,
                yColumns,
                to - from,
                columns);
        layouts.loop(Stage.rows(rows, columns, copy), x, y);
    }
}
