package org.diffusion4j.weights.onnx;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Encodes messages of protobuf, of formats whose generated classes would weigh more than the few fields that are written. */
public final class ProtobufMessage {
    private ProtobufMessage() {}

    /** Writes fields, one after the other. */
    @FunctionalInterface
    public interface Fields {
        /**
         * Writes all of them.
         *
         * @param out takes each field under its number
         * @throws IOException if {@code out} throws it
         */
        void writeTo(CodedOutputStream out) throws IOException;
    }

    /**
     * Encodes a message.
     *
     * @param fields its fields
     * @return its bytes
     */
    public static byte[] message(Fields fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            fields.writeTo(out);
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("an array in memory can't fail", e);
        }
        return bytes.toByteArray();
    }
}
