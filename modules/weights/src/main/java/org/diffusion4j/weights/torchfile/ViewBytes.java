package org.diffusion4j.weights.torchfile;

import java.io.IOException;
import java.lang.ref.SoftReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.diffusion4j.weights.tensor.TensorBytes;

/** A tensor's elements row by row: straight from the storage where they lie so, else gathered when they are read. */
final class ViewBytes implements TensorBytes {
    private final StorageBytes storage;
    private final TorchTensor tensor;
    private final boolean contiguous;
    private SoftReference<StorageSpan> span = new SoftReference<>(null);

    ViewBytes(StorageBytes storage, TorchTensor tensor) {
        this.storage = storage;
        this.tensor = tensor;
        this.contiguous = tensor.isContiguous();
    }

    @Override
    public void read(long from, ByteBuffer target) throws IOException {
        if (contiguous) {
            storage.read(tensor.firstByte() + from, target);
        } else if (target.hasRemaining()) {
            gather(from, target);
        }
    }

    private synchronized StorageSpan span() throws IOException {
        StorageSpan held = span.get();
        if (held == null) {
            held = storage.span(tensor.firstByte(), tensor.extent(), tensor.byteSize());
            span = new SoftReference<>(held);
        }
        return held;
    }

    private void gather(long from, ByteBuffer target) throws IOException {
        int bytes = tensor.type().bits() / 8;
        if (from % bytes != 0 || target.remaining() % bytes != 0) {
            throw new IllegalArgumentException("from: expected whole elements of " + bytes + " bytes, found " + from);
        }
        StorageSpan elements = span();
        ByteBuffer out = target.duplicate().order(ByteOrder.nativeOrder());
        long[] shape = tensor.shape();
        long[] strides = tensor.strides();
        int inner = shape.length - 1; // a scalar is contiguous
        long[] index = new long[shape.length];
        long rest = from / bytes;
        for (int i = inner; i >= 0; i--) {
            index[i] = rest % shape[i];
            rest /= shape[i];
        }
        try {
            while (out.hasRemaining()) {
                long at = 0;
                for (int i = 0; i <= inner; i++) {
                    at += index[i] * strides[i];
                }
                int count = (int) Math.min(shape[inner] - index[inner], out.remaining() / bytes);
                elements.copy(at * bytes, strides[inner] * bytes, count, bytes, out);
                index[inner] += count;
                for (int i = inner; i > 0 && index[i] == shape[i]; i--) {
                    index[i] = 0;
                    index[i - 1]++;
                }
            }
        } catch (InternalError e) { // what a mapped file throws that isn't as long as it was
            throw new IOException("the file has become shorter", e);
        }
        target.position(target.limit());
    }
}
