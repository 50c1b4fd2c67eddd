package org.diffusion4j.server.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Files in the server's own jar. */
public final class Resource {
    private Resource() {}

    /**
     * Reads a file beside a class.
     *
     * @param beside the class
     * @param name a name that the server knows, never one that a client gave
     * @return its bytes
     */
    public static byte[] read(Class<?> beside, String name) {
        try (InputStream in = beside.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the server's jar has no " + name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("the server's jar can't be read", e);
        }
    }
}
