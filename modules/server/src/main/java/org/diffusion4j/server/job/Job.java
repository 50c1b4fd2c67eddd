package org.diffusion4j.server.job;

import java.awt.image.BufferedImage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.diffusion4j.server.model.DrawPlan;
import org.diffusion4j.server.model.DrawRequest;
import org.diffusion4j.server.model.ServedModel;

/** Pictures that a client asked for. All methods may be called by any thread. */
public final class Job {
    private final String id;
    private final Origin origin;
    private final ServedModel model;
    private final DrawRequest request;
    private final DrawPlan plan;
    private final Instant created;
    private final CompletableFuture<Job> end = new CompletableFuture<>();

    private JobState state = JobState.QUEUED;
    private String message;
    private final List<JobPicture> pictures = new ArrayList<>();
    /** The pictures that were handed to batches. */
    private int begun;

    private long beganNanos;
    private Instant ended;
    private JobProgress progress = JobProgress.NONE;
    private int firstPreviewed;
    private List<BufferedImage> preview = List.of();
    private long version;
    private Consumer<Job> atEnd = job -> {};
    private volatile boolean wantsPreviews;
    private volatile boolean cancelled;

    /**
     * Who asked for a job.
     *
     * @param interfaceName by which of the server's interfaces, such as {@code api}
     * @param client the address of who asked
     */
    public record Origin(String interfaceName, String client) {}

    /**
     * A job as it was at a moment.
     *
     * @param state how far it is
     * @param message what went wrong; null if nothing did
     * @param progress how far its drawing is
     * @param pictures those that are there
     * @param ended when it ended; null before
     * @param version larger after each change
     */
    public record Snapshot(
            JobState state,
            String message,
            JobProgress progress,
            List<JobPicture> pictures,
            Instant ended,
            long version) {}

    /**
     * What its pictures look like so far.
     *
     * @param first the number of the first of them, from 0
     * @param pictures one for each that is being drawn; none before the first step
     */
    public record Preview(int first, List<BufferedImage> pictures) {}

    Job(String id, Origin origin, ServedModel model, DrawRequest request, DrawPlan plan, Instant created) {
        this.id = id;
        this.origin = origin;
        this.model = model;
        this.request = request;
        this.plan = plan;
        this.created = created;
    }

    /**
     * Its name.
     *
     * @return letters and digits that nobody can guess
     */
    public String id() {
        return id;
    }

    /**
     * Who asked for it.
     *
     * @return its origin
     */
    public Origin origin() {
        return origin;
    }

    /**
     * The model that draws it.
     *
     * @return the model
     */
    public ServedModel model() {
        return model;
    }

    /**
     * What was asked for.
     *
     * @return the request
     */
    public DrawRequest request() {
        return request;
    }

    /**
     * What the model decided.
     *
     * @return the plan
     */
    public DrawPlan plan() {
        return plan;
    }

    /**
     * When it was asked for.
     *
     * @return a moment
     */
    public Instant created() {
        return created;
    }

    /**
     * Its end, of whatever kind.
     *
     * @return completes with this job, never with an exception; to complete it has no effect on the job
     */
    public CompletableFuture<Job> end() {
        return end.copy();
    }

    /** Sets who is called at its end, in the thread that ends it, without any lock of the job; before anything happens to it. */
    void whenEnded(Consumer<Job> called) {
        atEnd = called;
    }

    /**
     * How it is now.
     *
     * @return all that changes, at one moment
     */
    public synchronized Snapshot now() {
        return new Snapshot(state, message, progress, List.copyOf(pictures), ended, version);
    }

    /**
     * What its pictures look like so far. Previews are made from now on, for somebody looks.
     *
     * @return the newest preview
     */
    public synchronized Preview preview() {
        wantsPreviews = true;
        return new Preview(firstPreviewed, preview);
    }

    boolean wantsPreviews() {
        return wantsPreviews;
    }

    boolean isCancelled() {
        return cancelled;
    }

    /** Hands some of its pictures to a batch; gives the first of them. */
    synchronized int begin(int count) {
        if (state == JobState.QUEUED) {
            state = JobState.RUNNING;
            beganNanos = System.nanoTime();
        }
        int first = begun;
        begun += count;
        version++;
        return first;
    }

    /** How many pictures no batch has yet. */
    synchronized int left() {
        return plan.images() - begun;
    }

    synchronized void stepped(int first, int count, int step, int steps) {
        double share = (first + (double) count * step / steps) / plan.images();
        progress = new JobProgress(share, step, steps, (System.nanoTime() - beganNanos) / 1e9);
        version++;
    }

    synchronized void previewed(int first, List<BufferedImage> pictures) {
        firstPreviewed = first;
        preview = List.copyOf(pictures);
        version++;
    }

    /** Adds pictures; says whether all are there. */
    synchronized boolean add(List<JobPicture> drawn) {
        pictures.addAll(drawn);
        version++;
        return pictures.size() == plan.images();
    }

    synchronized long bytes() {
        return pictures.stream().mapToLong(picture -> picture.png().length).sum();
    }

    /** Marks it as unwanted: a batch leaves it out, and ends when nobody wants any of its jobs. */
    void cancel() {
        cancelled = true;
    }

    /** Ends it, unless it has ended; says whether it did so now. */
    boolean end(JobState how, String why) {
        synchronized (this) {
            if (state.isEnd()) {
                return false;
            }
            state = how;
            message = why;
            ended = Instant.now();
            preview = List.of();
            if (how == JobState.DONE) {
                progress = new JobProgress(1, progress.steps(), progress.steps(), progress.secondsSoFar());
            }
            version++;
        }
        atEnd.accept(this);
        end.complete(this);
        return true;
    }
}
