package org.diffusion4j.weights.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.TinyModel;
import org.diffusion4j.weights.safetensors.SafetensorsBytes;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What lies in the place of weights or of a configuration and is something else is said by its name. */
class ForeignFileTest {
    @TempDir
    Path folder;

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String digits) {
        byte[] head = HexFormat.of().parseHex(digits);
        byte[] file = new byte[600];
        System.arraycopy(head, 0, file, 0, head.length);
        return file;
    }

    private static byte[] zip(String... names) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (String name : names) {
                zip.putNextEntry(new ZipEntry(name));
                zip.write(new byte[100]);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return bytes.toByteArray();
    }

    private static byte[] gzip() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(new byte[100]);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return bytes.toByteArray();
    }

    private static Map<String, byte[]> files() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("an empty file", new byte[0]);
        files.put(
                "a Git LFS pointer",
                text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b"
                        + "1258daaa5e2ca24d17e2393\nsize 143048904\n"));
        files.put("a web page (HTML)", text("<!DOCTYPE html><html><head><title>404</title></head></html>"));
        files.put("a web page (HTML), as", text("\ufeff\r\n <HTML lang=en>\n<body>Sign in</body></html>"));
        files.put(
                "an XML document, which begins with '<?xml", text("<?xml version='1.0'?><Error>AccessDenied</Error>"));
        files.put(
                "JSON, which begins with '{\"error\":\"Repository not found\"}'",
                text("{\"error\":\"Repository not found\"}"));
        files.put("a text, which begins with 'Entry not found'", text("Entry not found\n"));
        files.put("a zip archive of Python pickles, as torch.save", zip("model/data.pkl", "model/data/0"));
        files.put("a zip archive of Python pickles", zip("archive/version", "archive/data.pkl"));
        files.put("NumPy arrays (.npz)", zip("conv_in.weight.npy"));
        files.put("a zip archive", zip("unet/config.json"));
        files.put("a Python pickle", bytes("80028a0a6cfc9c46f9206aa85019"));
        files.put("a gzip archive: unpack it first", gzip());
        files.put("a GGUF file", bytes("4747554603000000"));
        files.put("an ONNX model", bytes("080812077079746f7263681a05322e302e30"));
        files.put("a TensorFlow Lite model", bytes("1c00000054464c3314002000"));
        files.put("an HDF5 file", bytes("894844460d0a1a0a"));
        files.put("a NumPy array (.npy)", bytes("934e554d505901007600"));
        files.put("zeros, as a download that was broken off leaves them", new byte[4096]);
        byte[] tar = new byte[1024];
        System.arraycopy(text("model/a.bin"), 0, tar, 0, 11);
        System.arraycopy(text("ustar"), 0, tar, 257, 5);
        files.put("a tar archive", tar);
        return files;
    }

    private static String refusal(Path file) {
        String message = assertThrows(Diffusion4jException.class, () -> SafetensorsReader.open(file))
                .getMessage();
        assertTrue(message.startsWith(file + ": expected a safetensors file, found "), message);
        assertTrue(message.length() < 500 && message.indexOf('\n') < 0, message);
        return message;
    }

    @TestFactory
    Stream<DynamicTest> isNamedInTheWeightsPlace() {
        return files().entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> {
                    Path file = Files.write(folder.resolve("model.safetensors"), entry.getValue());
                    String message = refusal(file);
                    assertTrue(message.contains("found " + entry.getKey()), message);
                }));
    }

    @Test
    void aModelWhoseWeightsAreAPointerSaysSo() throws IOException {
        DiffusersFolder.write(folder, TinyModel.model());
        Path weights = folder.resolve("unet").resolve("diffusion_pytorch_model.safetensors");
        Files.write(weights, files().get("a Git LFS pointer"));
        String message = assertThrows(Diffusion4jException.class, () -> DiffusersFolder.read(folder))
                .getMessage();
        assertEquals(
                weights + ": expected a safetensors file, found a Git LFS pointer in the file's place:"
                        + " fetch the file itself with git lfs pull",
                message);
    }

    @Test
    void aWebPageInAConfigurationsPlaceIsNamed() throws IOException {
        DiffusersFolder.write(folder, TinyModel.model());
        Path config = folder.resolve("unet").resolve("config.json");
        Files.write(config, files().get("a web page (HTML)"));
        String message = assertThrows(Diffusion4jException.class, () -> DiffusersFolder.read(folder))
                .getMessage();
        assertTrue(message.startsWith(config + ": expected JSON, found a web page (HTML)"), message);
    }

    @Test
    void aDamagedSafetensorsFileIsNotTakenForAnother() throws IOException {
        // 0x8b1f bytes of header: as a gzip archive begins.
        String header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}" + " ".repeat(0x8b1f - 55);
        Path file = SafetensorsBytes.write(folder.resolve("a.safetensors"), SafetensorsBytes.file(header, new byte[4]));
        String message = assertThrows(Diffusion4jException.class, () -> SafetensorsReader.open(file))
                .getMessage();
        assertFalse(message.contains("gzip"), message);
    }

    private String refusalWithPrefix(String prefix) {
        DiffusersFolder.write(folder, TinyModel.model());
        Map<String, INDArray> weights = new LinkedHashMap<>();
        TinyModel.weights(1).forEach((name, array) -> weights.put(prefix + name, array));
        SafetensorsWriter.writeArrays(folder.resolve("unet").resolve("diffusion_pytorch_model.safetensors"), weights);
        return assertThrows(Diffusion4jException.class, () -> DiffusersFolder.read(folder))
                .getMessage();
    }

    @Test
    void aPrefixOfAllNamesIsNamed() {
        int tensors = TinyModel.weights(1).size();
        for (String prefix : new String[] {"module.", "_orig_mod.", "model.", "unet.", "ema_model.module.", "a.b.c."}) {
            String message = refusalWithPrefix(prefix);
            assertTrue(message.contains("expected such a tensor, found '" + prefix), message);
            assertTrue(
                    message.contains("': the names of " + tensors + " tensors begin with '" + prefix + "'"), message);
        }
        assertTrue(refusalWithPrefix("module.").contains("which DataParallel puts there"));
    }
}
