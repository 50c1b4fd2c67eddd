package org.diffusion4j.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a client gets. */
public sealed interface Answer permits Answer.Whole, Answer.Events {
    /**
     * An answer that is there at once.
     *
     * @param status such as 200
     * @param headers by name
     * @param body the body; empty for none
     */
    record Whole(int status, Map<String, String> headers, byte[] body) implements Answer {
        /** Keeps a copy of the headers. */
        public Whole {
            headers = Map.copyOf(headers);
        }

        /**
         * The same with a header more.
         *
         * @param name the header's name
         * @param value its value
         * @return the answer
         */
        public Whole with(String name, String value) {
            Map<String, String> more = new LinkedHashMap<>(headers);
            more.put(name, value);
            return new Whole(status, more, body);
        }
    }

    /**
     * Server-sent events.
     *
     * @param source where they come from
     */
    record Events(EventSource source) implements Answer {}

    /**
     * An answer in JSON.
     *
     * @param status such as 200
     * @param value the value
     * @return the answer
     */
    static Whole json(int status, JsonNode value) {
        return of(status, "application/json", value.toString().getBytes(StandardCharsets.UTF_8));
    }

    /**
     * An answer of any kind, which nobody may keep.
     *
     * @param status such as 200
     * @param contentType such as {@code image/png}
     * @param body the body
     * @return the answer
     */
    static Whole of(int status, String contentType, byte[] body) {
        return new Whole(status, Map.of("Content-Type", contentType, "Cache-Control", "no-store"), body);
    }

    /**
     * An answer without a body.
     *
     * @return status 204
     */
    static Whole empty() {
        return new Whole(204, Map.of(), new byte[0]);
    }
}
