package org.diffusion4j.onnxruntime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.EngineProvider;
import org.junit.jupiter.api.Test;

class OnnxRuntimeAbsentTest {
    @Test
    void withoutOnnxRuntimeOneLineSaysWhatToAdd() throws ReflectiveOperationException {
        EngineProvider engines = (EngineProvider) new WithoutOnnxRuntime()
                .loadClass(OnnxRuntimeEngines.class.getName())
                .getConstructor()
                .newInstance();
        String message =
                "engine onnxruntime:cuda: expected com.microsoft.onnxruntime:onnxruntime (or onnxruntime_gpu) 1.29 on"
                        + " the class path, or its jar in the command line's folder lib, found nothing";
        for (int i = 0; i < 2; i++) { // the second failure of a class has another message
            assertEquals(
                    message,
                    assertThrows(Diffusion4jException.class, () -> engines.check(EngineKind.ONNXRUNTIME_CUDA))
                            .getMessage());
            assertEquals(
                    message,
                    assertThrows(Diffusion4jException.class, () -> engines.open(EngineKind.ONNXRUNTIME_CUDA, null, 1))
                            .getMessage());
        }
    }

    /** Loads this module's classes itself, and finds nothing of ONNX Runtime. */
    private static final class WithoutOnnxRuntime extends ClassLoader {
        WithoutOnnxRuntime() {
            super(OnnxRuntimeAbsentTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (name.startsWith("ai.onnxruntime.")) {
                throw new ClassNotFoundException(name);
            }
            if (!name.startsWith("org.diffusion4j.onnxruntime.")) {
                return super.loadClass(name, resolve);
            }
            Class<?> known = findLoadedClass(name);
            if (known != null) {
                return known;
            }
            try (InputStream in = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }

        @Override
        public URL getResource(String name) {
            return name.startsWith("ai/onnxruntime/") ? null : super.getResource(name);
        }
    }
}
