package org.diffusion4j.benchmarks;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.diffusion4j.graph.UNetConfig;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A U-Net as a TorchScript archive, which libtorch runs without Python: a zip of the code as text, the module's
 * attributes as a pickle, and each tensor's bytes.
 */
final class TorchScriptFile {
    private static final String ROOT = "unet/";
    /** PyTorch's numbers of layouts. */
    private static final int CONTIGUOUS = 0;

    private static final int CHANNELS_LAST = 2;

    private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    private final StringBuilder attributes = new StringBuilder();
    private final ZipOutputStream zip;
    private int tensors;

    private TorchScriptFile(ZipOutputStream zip) {
        this.zip = zip;
    }

    /**
     * Writes a network whose inputs are x [N, C, H, W] and t [N].
     *
     * @param weights by diffusers' names
     * @param channelsLast the layout that the network works in
     */
    static void write(Path file, UNetConfig config, Map<String, INDArray> weights, boolean channelsLast) {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            new TorchScriptFile(zip).write(config, weights, channelsLast);
        } catch (IOException e) {
            throw new UncheckedIOException(file.toString(), e);
        }
    }

    private void write(UNetConfig config, Map<String, INDArray> weights, boolean channelsLast) throws IOException {
        Map<String, INDArray> named = new LinkedHashMap<>();
        weights.forEach((name, array) -> named.put(TorchScriptCode.attribute(name), array));
        named.put(TorchScriptCode.FREQUENCIES, frequencies(config));

        pickle.write(new byte[] {(byte) 0x80, 2}); // the protocol
        global("__torch__", "UNet");
        pickle.write(')'); // no arguments
        pickle.write(0x81); // a new object
        pickle.write('}'); // of these attributes
        pickle.write('(');
        for (Map.Entry<String, INDArray> tensor : named.entrySet()) {
            tensor(tensor.getKey(), tensor.getValue(), channelsLast);
        }
        text("training");
        pickle.write(0x89); // false
        pickle.writeBytes(ascii("ub.")); // end of the dictionary, set, stop
        entry("data.pkl", pickle.toByteArray());
        entry(
                "code/__torch__.py",
                ascii(String.format(
                        Locale.ROOT,
                        """
                        class UNet(Module):
                          __parameters__ = []
                          __buffers__ = []
                        %s  training : bool
                          def forward(self: __torch__.UNet,
                            x: Tensor,
                            t: Tensor) -> Tensor:
                        %s""",
                        attributes,
                        TorchScriptCode.of(config, channelsLast ? CHANNELS_LAST : CONTIGUOUS))));
        entry("constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
        entry("version", ascii("3\n"));
    }

    /** Those of the sines and cosines, as diffusers has them. */
    private static INDArray frequencies(UNetConfig config) {
        float[] frequencies = new float[config.timeInputDim() / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = (float) Math.exp(-Math.log(10000) * i / (frequencies.length - config.freqShift()));
        }
        return Nd4j.createFromArray(new float[][] {frequencies});
    }

    /** An attribute with a tensor of its own storage. */
    private void tensor(String name, INDArray array, boolean channelsLast) throws IOException {
        boolean last = channelsLast && array.rank() == 4;
        long[] shape = array.shape();
        long[] strides = new long[shape.length];
        long stride = 1;
        int[] order =
                last ? new int[] {0, 2, 3, 1} : IntStream.range(0, shape.length).toArray();
        for (int i = shape.length - 1; i >= 0; i--) {
            strides[order[i]] = stride;
            stride *= shape[order[i]];
        }
        attributes.append("  ").append(name).append(" : Tensor\n");
        text(name);
        global("torch._utils", "_rebuild_tensor_v2");
        pickle.write('(');
        pickle.write('(');
        text("storage");
        global("torch", "FloatStorage");
        text(Integer.toString(tensors));
        text("cpu");
        number(array.length());
        pickle.write('t');
        pickle.write('Q'); // the storage of that description
        number(0); // where it begins
        numbers(shape);
        numbers(strides);
        pickle.write(0x89); // no gradient wanted
        global("collections", "OrderedDict");
        pickle.writeBytes(ascii(")RtR")); // hooks: none; all of these to the function
        float[] values = array.permute(order).dup('c').data().asFloat();
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        entry("data/" + tensors, bytes.array());
        tensors++;
    }

    private void numbers(long... values) {
        pickle.write('(');
        for (long value : values) {
            number(value);
        }
        pickle.write('t');
    }

    private void number(long value) {
        little('J', Math.toIntExact(value));
    }

    private void text(String value) {
        little('X', value.length());
        pickle.writeBytes(ascii(value));
    }

    private void global(String module, String name) {
        pickle.writeBytes(ascii("c" + module + "\n" + name + "\n"));
    }

    private void little(char opcode, int value) {
        pickle.writeBytes(ByteBuffer.allocate(1 + Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) opcode)
                .putInt(value)
                .array());
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Stored as they are: random weights don't get smaller. */
    private void entry(String name, byte[] bytes) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        ZipEntry entry = new ZipEntry(ROOT + name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(bytes.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(bytes);
        zip.closeEntry();
    }
}
