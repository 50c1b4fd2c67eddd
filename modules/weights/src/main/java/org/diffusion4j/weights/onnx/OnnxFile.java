package org.diffusion4j.weights.onnx;

import static org.diffusion4j.weights.onnx.ProtobufMessage.message;

import com.google.protobuf.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.WeightTensor;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An ONNX model in protobuf's encoding, with the field numbers of {@code onnx.proto3}. Weights are written directly from
 * their own memory; only the bytes around them are made beforehand.
 */
final class OnnxFile {
    /**
     * Tensors begin at multiples of this, as ONNX recommends: it is the granularity of memory mapping on Windows, and a
     * multiple of that of other systems.
     */
    static final long ALIGNMENT = 1 << 16;

    /** Tensors of fewer bytes than this stay in the model's own file, as with the onnx library. */
    private static final long SMALL = 1024;

    private final List<Part> parts = new ArrayList<>();
    private final List<Placed> data = new ArrayList<>();

    /**
     * A piece of the file.
     *
     * @param bytes the bytes that come first
     * @param tensor the tensor whose elements follow; null for none
     */
    private record Part(byte[] bytes, Tensor tensor) {
        long size() {
            return bytes.length + (tensor == null ? 0 : tensor.byteSize());
        }
    }

    /** A tensor beside the model, its name, and the byte at which it begins in the file of the weights. */
    private record Placed(String name, WeightTensor tensor, long offset) {}

    /**
     * Lays out a file.
     *
     * @param model the file's content
     * @param dataFile the name of the separate file for the graph's arrays; null if they are in the model's own file
     */
    OnnxFile(OnnxModel model, String dataFile) {
        List<Part> graph = new ArrayList<>();
        for (OnnxModel.Node node : model.nodes()) {
            graph.add(new Part(field(1, node(node)), null));
        }
        graph.add(new Part(text(2, "unet"), null));
        long end = 0;
        for (Map.Entry<String, Tensor> named : model.initializers().entrySet()) {
            Tensor tensor = named.getValue();
            byte[] header = tensorHeader(named.getKey(), tensor);
            if (dataFile != null && tensor instanceof WeightTensor array && array.byteSize() >= SMALL) {
                long offset = (end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
                end = offset + array.byteSize();
                data.add(new Placed(named.getKey(), array, offset));
                graph.add(new Part(
                        field(5, joined(header, location(dataFile, offset, array.byteSize()), number(14, 1))), null));
            } else {
                byte[] tag = tag(9, tensor.byteSize());
                byte[] before = tag(5, header.length + tag.length + tensor.byteSize());
                graph.add(new Part(joined(before, header, tag), tensor));
            }
        }
        model.inputs().forEach(port -> graph.add(new Part(field(11, port(port)), null)));
        model.outputs().forEach(port -> graph.add(new Part(field(12, port(port)), null)));

        byte[] header = message(out -> {
            out.writeInt64(1, OnnxModel.IR_VERSION);
            out.writeString(2, "diffusion4j");
            out.writeByteArray(8, number(2, OnnxModel.OPSET));
        });
        parts.add(new Part(
                joined(header, tag(7, graph.stream().mapToLong(Part::size).sum())), null));
        parts.addAll(graph);
    }

    /** The bytes of the model's own file. */
    long size() {
        return parts.stream().mapToLong(Part::size).sum();
    }

    void writeTo(WritableByteChannel channel) throws IOException {
        // This isn't closed, since the channel belongs to the caller.
        OutputStream out = Channels.newOutputStream(channel);
        ByteArrayOutputStream pending = new ByteArrayOutputStream();
        for (Part part : parts) {
            pending.write(part.bytes);
            if (part.tensor != null) {
                pending.writeTo(out);
                pending.reset();
                part.tensor.writeTo(channel);
            }
        }
        pending.writeTo(out);
    }

    /** The arrays beside the model, by the names of its initializers. */
    Map<String, INDArray> arrays() {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        data.forEach(placed -> arrays.put(placed.name, placed.tensor.array()));
        return arrays;
    }

    /** Writes the file of the weights. */
    void writeDataTo(FileChannel channel) throws IOException {
        for (Placed placed : data) {
            ByteBuffer gap = ByteBuffer.allocate((int) (placed.offset - channel.position()));
            while (gap.hasRemaining()) {
                channel.write(gap);
            }
            placed.tensor.writeTo(channel);
        }
    }

    // Messages -------------------------------------------------------------------------------------------------------

    private static byte[] node(OnnxModel.Node node) {
        return message(out -> {
            for (String operand : node.inputs()) {
                out.writeString(1, operand);
            }
            for (String result : node.outputs()) {
                out.writeString(2, result);
            }
            out.writeString(3, node.outputs().get(0));
            out.writeString(4, node.op());
            for (OnnxModel.Attribute attribute : node.attributes()) {
                out.writeByteArray(5, attribute(attribute));
            }
        });
    }

    private static byte[] attribute(OnnxModel.Attribute attribute) {
        return message(out -> {
            out.writeString(1, attribute.name());
            int type;
            if (attribute instanceof OnnxModel.Attribute.Real real) {
                out.writeFloat(2, real.value());
                type = 1;
            } else if (attribute instanceof OnnxModel.Attribute.Int whole) {
                out.writeInt64(3, whole.value());
                type = 2;
            } else if (attribute instanceof OnnxModel.Attribute.Text text) {
                out.writeString(4, text.value());
                type = 3;
            } else {
                for (long value : ((OnnxModel.Attribute.Ints) attribute).values()) {
                    out.writeInt64(8, value);
                }
                type = 7;
            }
            out.writeInt32(20, type);
        });
    }

    private static byte[] tensorHeader(String name, Tensor tensor) {
        return message(out -> {
            for (long dimension : tensor.shape()) {
                out.writeInt64(1, dimension);
            }
            out.writeInt32(2, OnnxModel.elementType(tensor.type()));
            out.writeString(8, name);
        });
    }

    private static byte[] location(String file, long offset, long length) {
        return message(out -> {
            out.writeByteArray(13, joined(text(1, "location"), text(2, file)));
            out.writeByteArray(13, joined(text(1, "offset"), text(2, Long.toString(offset))));
            out.writeByteArray(13, joined(text(1, "length"), text(2, Long.toString(length))));
        });
    }

    private static byte[] port(OnnxModel.Port port) {
        byte[] shape = message(out -> {
            for (long dimension : port.shape()) {
                out.writeByteArray(1, dimension(dimension));
            }
        });
        byte[] tensorType = joined(number(1, OnnxModel.elementType(port.type())), field(2, shape));
        return joined(text(1, port.name()), field(2, field(1, tensorType)));
    }

    /** Encodes a dimension. A multiple of the batch other than the batch itself has no name in ONNX. */
    private static byte[] dimension(long dimension) {
        if (dimension > 0) {
            return number(1, dimension);
        }
        return dimension == BatchShape.BATCH ? text(2, "batch") : new byte[0];
    }

    // Protobuf -------------------------------------------------------------------------------------------------------

    private static byte[] field(int number, byte[] content) {
        return message(out -> out.writeByteArray(number, content));
    }

    private static byte[] text(int number, String content) {
        return message(out -> out.writeString(number, content));
    }

    private static byte[] number(int number, long content) {
        return message(out -> out.writeInt64(number, content));
    }

    /** The bytes before a content of a given length. */
    private static byte[] tag(int number, long length) {
        return message(out -> {
            out.writeTag(number, WireFormat.WIRETYPE_LENGTH_DELIMITED);
            out.writeUInt64NoTag(length);
        });
    }

    private static byte[] joined(byte[]... pieces) {
        return message(out -> {
            for (byte[] piece : pieces) {
                out.writeRawBytes(piece);
            }
        });
    }
}
