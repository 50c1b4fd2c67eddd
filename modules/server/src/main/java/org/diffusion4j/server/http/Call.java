package org.diffusion4j.server.http;

import java.util.List;
import java.util.Map;

/**
 * A request whose body was read.
 *
 * @param method such as {@code GET}
 * @param path decoded, without the place where the server is mounted, from a slash on
 * @param parameters those behind the question mark
 * @param headers finds a header by its name
 * @param body the body; empty if there is none
 * @param client the address of who asks
 * @param base the address of the server as the client sees it, such as {@code http://localhost:7860}
 * @param connection tells when the client goes away
 */
public record Call(
        String method,
        String path,
        Map<String, List<String>> parameters,
        Headers headers,
        byte[] body,
        String client,
        String base,
        ClientConnection connection) {
    /** Finds headers. */
    @FunctionalInterface
    public interface Headers {
        /**
         * Finds a header.
         *
         * @param name in any case
         * @return its value, the first if there are several; null if there is none
         */
        String get(String name);
    }

    /** Tells when a client goes away. */
    @FunctionalInterface
    public interface ClientConnection {
        /**
         * Sets what is to be done when the client goes away before it has an answer.
         *
         * @param action called at most once, in any thread
         */
        void whenGone(Runnable action);
    }

    /**
     * A parameter behind the question mark.
     *
     * @param name its name
     * @return its first value; null if there is none
     */
    public String parameter(String name) {
        List<String> values = parameters.getOrDefault(name, List.of());
        return values.isEmpty() ? null : values.get(0);
    }

    /**
     * The kind of the body, without its parameters.
     *
     * @return in lower case; empty if the client doesn't say
     */
    public String contentType() {
        String type = headers.get("Content-Type");
        return type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(java.util.Locale.ROOT);
    }
}
