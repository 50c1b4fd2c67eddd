package org.diffusion4j.server.http;

import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.diffusion4j.server.job.Job;
import org.diffusion4j.server.job.JobQueue;
import org.diffusion4j.server.job.JobState;

/** Requests that are answered when their job has ended. */
public final class Waiting {
    private Waiting() {}

    /**
     * Waits for a job, and cancels it if its client goes away.
     *
     * @param call the request
     * @param jobs the queue that has the job
     * @param job the job
     * @param done answers when its pictures are there
     * @param cancelled answers when somebody cancelled it
     * @return the answer; a {@link Fault} if it failed or is lost
     */
    public static CompletableFuture<Answer> forEnd(
            Call call, JobQueue jobs, Job job, Function<Job, Answer> done, Function<Job, Answer> cancelled) {
        call.connection().whenGone(() -> jobs.cancel(job));
        return job.end().thenApplyAsync(ended -> {
            JobState state = ended.now().state();
            return switch (state) {
                case DONE -> done.apply(ended);
                case CANCELLED -> cancelled.apply(ended);
                case LOST -> throw new Fault(503, ended.now().message()).with("Retry-After", "10");
                case FAILED -> throw new Fault(500, ended.now().message());
                case QUEUED, RUNNING -> throw new IllegalStateException("it has ended");
            };
        });
    }
}
