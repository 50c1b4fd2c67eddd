package org.diffusion4j.server.a1111;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import org.diffusion4j.server.http.Answer;
import org.diffusion4j.server.http.PreviewText;
import org.diffusion4j.server.job.Job;
import org.diffusion4j.server.job.JobProgress;

/** How far the current job is. */
final class Progress {
    private static final DateTimeFormatter TIMESTAMP =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

    private Progress() {}

    static Answer of(Optional<Job> current, boolean withoutImage) {
        JobProgress progress = current.map(job -> job.now().progress()).orElse(null);
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("progress", progress == null ? 0 : progress.share())
                .put(
                        "eta_relative",
                        progress == null ? 0 : progress.secondsLeft().orElse(0));
        json.putObject("state")
                .put("skipped", false)
                .put("interrupted", false)
                .put("stopping_generation", false)
                .put("job", current.map(Job::id).orElse(""))
                .put("job_count", current.isPresent() ? 1 : 0)
                .put("job_timestamp", TIMESTAMP.format(current.map(Job::created).orElse(Instant.EPOCH)))
                .put("job_no", 0)
                .put("sampling_step", progress == null ? 0 : progress.step())
                .put("sampling_steps", progress == null ? 0 : progress.steps());
        json.put(
                "current_image",
                withoutImage ? null : current.flatMap(Progress::image).orElse(null));
        json.putNull("textinfo");
        return Answer.json(200, json);
    }

    private static Optional<String> image(Job job) {
        return job.preview().pictures().stream().findFirst().map(PreviewText::base64);
    }
}
