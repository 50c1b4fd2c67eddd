package org.diffusion4j.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** Where server-sent events come from. It is asked again and again, by one thread at a time. */
public interface EventSource {
    /**
     * An event.
     *
     * @param name its kind
     * @param data its value
     */
    record Event(String name, JsonNode data) {}

    /**
     * What has happened since the last time.
     *
     * @return events, oldest first; none if nothing happened
     */
    List<Event> next();

    /**
     * Whether nothing more will happen.
     *
     * @return true once {@link #next} has given everything
     */
    boolean isEnd();
}
