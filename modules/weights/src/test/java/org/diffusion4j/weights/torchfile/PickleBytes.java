package org.diffusion4j.weights.torchfile;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Writes pickles of protocol 2, instruction by instruction. */
final class PickleBytes {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** Instructions whose codes are letters. */
    PickleBytes codes(String codes) {
        bytes.writeBytes(codes.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    PickleBytes hex(String digits) {
        bytes.writeBytes(HexFormat.of().parseHex(digits));
        return this;
    }

    PickleBytes protocol(int protocol) {
        bytes.write(0x80);
        bytes.write(protocol);
        return this;
    }

    PickleBytes text(String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        bytes.write('X');
        bytes.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(encoded.length)
                .array());
        bytes.writeBytes(encoded);
        return this;
    }

    PickleBytes number(long number) {
        byte[] digits = BigInteger.valueOf(number).toByteArray();
        bytes.write(0x8a);
        bytes.write(digits.length);
        for (int i = digits.length - 1; i >= 0; i--) {
            bytes.write(digits[i]);
        }
        return this;
    }

    PickleBytes global(String module, String name) {
        return codes("c" + module + "\n" + name + "\n");
    }

    PickleBytes numbers(long... numbers) {
        codes("(");
        for (long number : numbers) {
            number(number);
        }
        return codes("t");
    }

    PickleBytes storage(String type, String key, long length) {
        return codes("(")
                .text("storage")
                .global("torch", type)
                .text(key)
                .text("cpu")
                .number(length)
                .codes("tQ");
    }

    /** A tensor in the storage {@code 0} of 4 floats. */
    PickleBytes tensor(long offset, long[] shape, long[] strides) {
        return tensor(4, offset, shape, strides);
    }

    PickleBytes tensor(long stored, long offset, long[] shape, long[] strides) {
        return global("torch._utils", "_rebuild_tensor_v2")
                .codes("(")
                .storage("FloatStorage", "0", stored)
                .number(offset)
                .numbers(shape)
                .numbers(strides)
                .hex("89")
                .global("collections", "OrderedDict")
                .codes(")RtR");
    }

    /** A tensor of 2×2 floats, which are the whole storage {@code 0}. */
    PickleBytes tensor() {
        return tensor(0, new long[] {2, 2}, new long[] {2, 1});
    }

    byte[] toBytes() {
        return bytes.toByteArray();
    }
}
