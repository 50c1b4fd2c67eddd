package org.diffusion4j.server.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import org.diffusion4j.server.http.EventSource;
import org.diffusion4j.server.http.PreviewText;
import org.diffusion4j.server.job.Job;

/** What happens to a job: {@code job} whenever it has changed, and {@code preview} whenever its pictures look different. */
final class JobEvents implements EventSource {
    private final Job job;
    private final boolean previews;
    private long version = -1;
    private List<BufferedImage> shown = List.of();
    private boolean ended;

    JobEvents(Job job, boolean previews) {
        this.job = job;
        this.previews = previews;
    }

    @Override
    public List<Event> next() {
        List<Event> events = new ArrayList<>();
        Job.Snapshot now = job.now();
        if (now.version() != version) {
            version = now.version();
            events.add(new Event("job", Json.of(job)));
        }
        if (previews && !now.state().isEnd()) {
            Job.Preview preview = job.preview();
            if (!preview.pictures().isEmpty() && preview.pictures() != shown) {
                shown = preview.pictures();
                events.add(new Event("preview", json(preview)));
            }
        }
        ended = now.state().isEnd();
        return events;
    }

    private static ObjectNode json(Job.Preview preview) {
        ObjectNode json = Json.object().put("first", preview.first());
        for (BufferedImage picture : preview.pictures()) {
            json.withArray("pictures").add("data:image/png;base64," + PreviewText.base64(picture));
        }
        return json;
    }

    @Override
    public boolean isEnd() {
        return ended;
    }
}
