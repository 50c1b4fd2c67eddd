package org.diffusion4j.examples;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Runs an example's main, and looks at what it leaves. */
final class RunExample {
    private RunExample() {}

    interface Example {
        void run(String... arguments) throws Exception;
    }

    static String printed(Example example, String... arguments) throws Exception {
        PrintStream console = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            example.run(arguments);
        } finally {
            System.setOut(console);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    static int height(Path picture) throws Exception {
        return ImageIO.read(picture.toFile()).getHeight();
    }
}
