package org.diffusion4j.training.tensorboard;

import static org.diffusion4j.weights.onnx.ProtobufMessage.message;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * TensorBoard's {@code Event} in protobuf's encoding, as {@code tensorflow/core/util/event.proto} and
 * {@code tensorflow/core/framework/summary.proto} number the fields.
 */
final class TensorBoardEvent {
    private static final int START = 1;

    private TensorBoardEvent() {}

    /** What a file begins with. */
    static byte[] fileVersion(double wallTime) {
        return message(out -> {
            out.writeDouble(1, wallTime);
            out.writeString(3, "brain.Event:2");
        });
    }

    /** A run begins or goes on: what earlier files have of this step and later ones no longer counts. */
    static byte[] sessionStart(double wallTime, long step) {
        return event(wallTime, step, 7, message(out -> out.writeInt32(1, START)));
    }

    static byte[] scalars(double wallTime, long step, Map<String, Double> values) {
        return event(wallTime, step, 5, message(out -> {
            for (Map.Entry<String, Double> value : values.entrySet()) {
                out.writeByteArray(1, scalar(value.getKey(), value.getValue()));
            }
        }));
    }

    private static byte[] scalar(String tag, double value) {
        return message(out -> {
            out.writeString(1, tag);
            out.writeFloat(2, (float) value);
        });
    }

    static byte[] image(double wallTime, long step, String tag, BufferedImage picture) {
        byte[] image = message(out -> {
            out.writeInt32(1, picture.getHeight());
            out.writeInt32(2, picture.getWidth());
            out.writeInt32(3, picture.getColorModel().getNumComponents());
            out.writeByteArray(4, png(picture));
        });
        byte[] value = message(out -> {
            out.writeString(1, tag);
            out.writeByteArray(4, image);
        });
        return event(wallTime, step, 5, message(out -> out.writeByteArray(1, value)));
    }

    private static byte[] png(BufferedImage picture) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        // A stream that ImageIO makes itself writes to a temporary file first.
        try (ImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            if (!ImageIO.write(picture, "png", out)) {
                throw new IllegalStateException("every Java writes PNGs");
            }
        }
        return bytes.toByteArray();
    }

    private static byte[] event(double wallTime, long step, int what, byte[] content) {
        return message(out -> {
            out.writeDouble(1, wallTime);
            out.writeInt64(2, step);
            out.writeByteArray(what, content);
        });
    }
}
