package org.diffusion4j.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.kernels.Kernels.Activation;
import org.diffusion4j.kernels.Kernels.AdamWStep;
import org.diffusion4j.kernels.Kernels.Gelu;
import org.junit.jupiter.api.Test;

/**
 * No loop keeps its vectors as objects once it is compiled: that would make them several times as slow, and depends on what else the
 * process has compiled. They run in a JVM of their own, since the tests' one has only its first compiler.
 */
class LoopsMakeNoObjectsTest {
    /** Runs all loops in turns, and prints the bytes that each allocates per call in the end. */
    public static final class Program {
        private static final int ROWS = 196;
        private static final int COLUMNS = 64;
        private static final int LENGTH = ROWS * COLUMNS;

        private Program() {}

        private static ByteBuffer numbers() {
            ByteBuffer bytes = ByteBuffer.allocateDirect(16 * LENGTH).order(ByteOrder.nativeOrder());
            for (int i = 0; i < 4 * LENGTH; i++) {
                bytes.putFloat(4 * i, i % 7 - 3);
            }
            return bytes;
        }

        private static Map<String, Runnable> loops() {
            Kernels kernels = Kernels.best();
            ByteBuffer x = numbers();
            ByteBuffer y = numbers();
            ByteBuffer z = numbers();
            ByteBuffer spectra = ByteBuffer.allocateDirect(16 * 36 * LENGTH).order(ByteOrder.nativeOrder());
            float[] a = new float[ROWS];
            float[] b = new float[ROWS];
            float[] c = new float[ROWS];
            AdamWStep step = new AdamWStep(1, 0.99f, 0.9f, 0.999f, 0.01f, 1, 1e-8f, 0.1f);
            Map<String, Runnable> loops = new LinkedHashMap<>();
            for (Activation f : Activation.values()) {
                loops.put("affine " + f, () -> kernels.affine(x, 0, y, 0, ROWS, COLUMNS, a, b, f));
                loops.put(
                        "normGradientSums " + f,
                        () -> kernels.normGradientSums(x, y, z, 0, ROWS, COLUMNS, a, b, c, f, a, b));
            }
            loops.put("columnSums", () -> kernels.columnSums(x, 0, ROWS, COLUMNS, a, b));
            loops.put("normGradient", () -> kernels.normGradient(x, y, z, z, 0, ROWS, COLUMNS, a, b, c));
            loops.put("add", () -> kernels.add(x, y, z, LENGTH));
            loops.put("silu", () -> kernels.silu(x, y, LENGTH));
            loops.put("siluGradient", () -> kernels.siluGradient(x, y, z, LENGTH));
            for (Gelu f : Gelu.values()) {
                loops.put("gelu " + f, () -> kernels.gelu(f, x, y, LENGTH));
                loops.put("geluGradient " + f, () -> kernels.geluGradient(f, x, y, z, LENGTH));
                loops.put("gatedGelu " + f, () -> kernels.gatedGelu(f, x, y, ROWS, COLUMNS));
                loops.put("gatedGeluGradient " + f, () -> kernels.gatedGeluGradient(f, x, y, z, ROWS, COLUMNS));
            }
            loops.put("upsampleNearest", () -> kernels.upsampleNearest(x, 0, y, 0, 14, 14, COLUMNS));
            loops.put("upsampleNearestGradient", () -> kernels.upsampleNearestGradient(y, 0, x, 0, 14, 14, COLUMNS));
            loops.put("copyColumns", () -> kernels.copyColumns(x, 0, COLUMNS, y, 0, 2 * COLUMNS, ROWS, COLUMNS));
            loops.put("softmaxPiece", () -> {
                Arrays.fill(a, -1e30f);
                kernels.softmaxPiece(z, ROWS, COLUMNS, a, b, c);
            });
            loops.put("addRows", () -> kernels.addRows(z, ROWS, COLUMNS, b));
            loops.put("scaleRows", () -> kernels.scaleRows(x, COLUMNS, y, 0, COLUMNS, ROWS, COLUMNS, a));
            loops.put("sumOfSquares", () -> kernels.sumOfSquares(x, 0, LENGTH));
            loops.put("adamW", () -> kernels.adamW(x, y, z, z, x, 0, LENGTH, step));
            for (WinogradForm form : WinogradForm.values()) {
                int scale = form.side() / form.imageSide();
                int across = (14 + form.imageSide() - 1) / form.imageSide();
                int plane = across * across * COLUMNS;
                TileRows from = new TileRows(14, 14, COLUMNS, 0, across, 0, plane);
                TileRows to = new TileRows(14 * scale, 14 * scale, COLUMNS, 0, across, 0, plane);
                loops.put("winogradInput " + form, () -> kernels.winogradInput(form, x, 0, from, spectra));
                loops.put("winogradOutput " + form, () -> kernels.winogradOutput(form, spectra, to, null, null, y, 0));
                loops.put("winogradOutput added " + form, () -> kernels.winogradOutput(form, spectra, to, x, z, y, 0));
            }
            TileRows tiles = new TileRows(14, 14, COLUMNS, 0, 4, 0, 16 * COLUMNS);
            loops.put("winogradOutputGradient", () -> kernels.winogradOutputGradient(x, 0, tiles, spectra));
            return loops;
        }

        public static void main(String[] arguments) {
            Map<String, Runnable> loops = loops();
            for (int i = 0; i < 1500; i++) {
                loops.values().forEach(Runnable::run);
            }
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            loops.forEach((name, loop) -> {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 20; i++) {
                    loop.run();
                }
                System.out.println(name + ": " + (threads.getCurrentThreadAllocatedBytes() - before) / 20);
            });
        }
    }

    @Test
    void noVectorOfACompiledLoopIsAnObject() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules",
                        "jdk.incubator.vector",
                        "-Xbatch",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.class.getName())
                .redirectErrorStream(true)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), printed);
        List<String> loops =
                printed.lines().filter(line -> !line.startsWith("WARNING")).toList();
        assertEquals(41, loops.size(), printed);
        for (String loop : loops) {
            // A few objects for a call's buffers, or a row's sums; a vector for each step would be some hundred
            // thousand bytes.
            assertTrue(Integer.parseInt(loop.replaceFirst(".*: ", "")) < 4000, printed);
        }
    }
}
