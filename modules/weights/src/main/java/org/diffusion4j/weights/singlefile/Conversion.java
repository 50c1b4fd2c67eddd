package org.diffusion4j.weights.singlefile;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.diffusion4j.weights.tensor.FileTensor;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.TensorBytes;

/** How a parameter of diffusers lies in a tensor of a single file. */
public sealed interface Conversion {
    /** The tensor is the parameter. */
    Conversion COPY = new Copy();

    /**
     * The tensor's shape in the single file.
     *
     * @param shape the parameter's shape, of the rank that the conversion needs
     * @return a new array
     */
    long[] originalShape(long... shape);

    /**
     * Describes what is done with the original tensor.
     *
     * @param shape the parameter's shape
     * @return a few words; empty for a copy
     */
    String describe(long... shape);

    /**
     * The parameter of a tensor, which stays in its file.
     *
     * @param original the tensor, of whole bytes for each element
     * @param shape the parameter's shape
     * @return the parameter
     */
    FileTensor parameter(FileTensor original, long... shape);

    /**
     * The tensor of its parameters, which are read when it is written.
     *
     * @param parameters all that lie in it, in order, of one type and shape
     * @return the tensor
     */
    Tensor original(List<? extends Tensor> parameters);

    /** The tensor is the parameter. */
    record Copy() implements Conversion {
        @Override
        public long[] originalShape(long... shape) {
            return shape.clone();
        }

        @Override
        public String describe(long... shape) {
            return "";
        }

        @Override
        public FileTensor parameter(FileTensor original, long... shape) {
            return original;
        }

        @Override
        public Tensor original(List<? extends Tensor> parameters) {
            return parameters.get(0);
        }
    }

    /** The tensor is a 1×1 convolution [out, in, 1, 1], the parameter a linear layer [out, in] of the same numbers. */
    record ConvolutionToLinear() implements Conversion {
        @Override
        public long[] originalShape(long... shape) {
            long[] original = Arrays.copyOf(shape, shape.length + 2);
            Arrays.fill(original, shape.length, original.length, 1);
            return original;
        }

        @Override
        public String describe(long... shape) {
            return "conv1x1 to linear";
        }

        @Override
        public FileTensor parameter(FileTensor original, long... shape) {
            return new FileTensor(original.file(), original.name(), original.type(), shape, original.bytes());
        }

        @Override
        public Tensor original(List<? extends Tensor> parameters) {
            Tensor linear = parameters.get(0);
            return Tensor.of(linear.type(), linear::writeTo, originalShape(linear.shape()));
        }
    }

    /** The tensor is a matrix, whose rows are the parameter's columns. */
    record Transpose() implements Conversion {
        @Override
        public long[] originalShape(long... shape) {
            return new long[] {shape[1], shape[0]};
        }

        @Override
        public String describe(long... shape) {
            return "transpose";
        }

        @Override
        public FileTensor parameter(FileTensor original, long... shape) {
            TensorBytes columns = new TransposedBytes(
                    original.bytes(), shape[0], shape[1], original.type().bits() / 8);
            return new FileTensor(original.file(), original.name(), original.type(), shape, columns);
        }

        @Override
        public Tensor original(List<? extends Tensor> parameters) {
            Tensor matrix = parameters.get(0);
            long[] shape = originalShape(matrix.shape());
            return Tensor.of(
                    matrix.type(),
                    channel -> {
                        ByteArrayOutputStream rows = new ByteArrayOutputStream(Math.toIntExact(matrix.byteSize()));
                        matrix.writeTo(Channels.newChannel(rows));
                        ByteBuffer all = ByteBuffer.wrap(rows.toByteArray());
                        TensorBytes stored =
                                (from, target) -> target.put(all.slice(Math.toIntExact(from), target.remaining()));
                        new TransposedBytes(
                                        stored,
                                        shape[0],
                                        shape[1],
                                        matrix.type().bits() / 8)
                                .writeTo(matrix.byteSize(), channel);
                    },
                    shape);
        }
    }

    /**
     * The tensor holds several parameters of one shape, one below the other.
     *
     * @param part which of them it is, from 0
     * @param parts how many there are
     */
    record Rows(int part, int parts) implements Conversion {
        @Override
        public long[] originalShape(long... shape) {
            long[] original = shape.clone();
            original[0] = Math.multiplyExact(shape[0], parts);
            return original;
        }

        @Override
        public String describe(long... shape) {
            return String.format(Locale.ROOT, "rows %d:%d", part * shape[0], (part + 1) * shape[0]);
        }

        @Override
        public FileTensor parameter(FileTensor original, long... shape) {
            TensorBytes all = original.bytes();
            long start = original.byteSize() / parts * part;
            TensorBytes rows = (from, target) -> all.read(start + from, target);
            return new FileTensor(original.file(), original.name(), original.type(), shape, rows);
        }

        @Override
        public Tensor original(List<? extends Tensor> parameters) {
            Tensor first = parameters.get(0);
            return Tensor.of(
                    first.type(),
                    channel -> {
                        for (Tensor each : parameters) {
                            each.writeTo(channel);
                        }
                    },
                    originalShape(first.shape()));
        }
    }
}
