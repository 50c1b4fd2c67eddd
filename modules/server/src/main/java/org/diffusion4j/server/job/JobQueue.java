package org.diffusion4j.server.job;

import java.math.BigInteger;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.diffusion4j.server.model.DrawPlan;
import org.diffusion4j.server.model.DrawRequest;
import org.diffusion4j.server.model.ServedModel;

/** The jobs of a server: those that wait, those that are drawn, and for a while those that ended. */
public final class JobQueue implements AutoCloseable {
    private static final int ID_BITS = 128;
    private static final int MOST_KEPT = 10_000;

    private final JobLimits limits;
    private final JobCounts counts = new JobCounts();
    private final SecureRandom random = new SecureRandom();
    /** In the order in which they came. */
    private final Map<String, Job> jobs = new LinkedHashMap<>();

    /** Those of them that wait or are drawn. */
    private final Map<String, Job> open = new LinkedHashMap<>();
    /** The others, in the order in which they ended. */
    private final Map<String, Job> ended = new LinkedHashMap<>();

    private long keptBytes;

    private final Map<String, ModelLine> lines = new LinkedHashMap<>();
    private final ExecutorService finishing = Executors.newSingleThreadExecutor(work -> {
        Thread thread = new Thread(work, "writes-pictures");
        thread.setDaemon(true);
        return thread;
    });
    private boolean stopping;

    /**
     * Makes a queue without jobs.
     *
     * @param limits what clients may ask for, and how long it is kept
     */
    public JobQueue(JobLimits limits) {
        this.limits = limits;
    }

    /**
     * The limits.
     *
     * @return what clients may ask for, and how long it is kept
     */
    public JobLimits limits() {
        return limits;
    }

    /**
     * What was done so far.
     *
     * @return the counts
     */
    public JobCounts counts() {
        return counts;
    }

    /**
     * Takes a job.
     *
     * @param model the model that is to draw it
     * @param request what is to be drawn
     * @param origin who asks
     * @return the job, which waits
     * @throws org.diffusion4j.Diffusion4jException if the model can't do it, or it is beyond a limit; the message begins with the
     *     option's name
     * @throws RefusedException if it isn't taken now
     */
    public Job submit(ServedModel model, DrawRequest request, Job.Origin origin) {
        requireRoom(); // before the work of planning
        RequestLimits.check(limits, request);
        DrawPlan plan = model.plan(request);
        RequestLimits.check(limits, plan);
        synchronized (this) {
            requireRoom();
            String id = new BigInteger(ID_BITS, random).toString(Character.MAX_RADIX);
            Job job = new Job(id, origin, model, request, plan, Instant.now());
            jobs.put(id, job);
            open.put(id, job);
            job.whenEnded(this::keep);
            lines.computeIfAbsent(model.name(), name -> new ModelLine(model, counts, finishing))
                    .add(job);
            return job;
        }
    }

    private synchronized void keep(Job job) {
        open.remove(job.id());
        if (jobs.containsKey(job.id())) {
            ended.put(job.id(), job);
            keptBytes += job.bytes();
            forgetOld();
        }
    }

    private synchronized void requireRoom() {
        if (stopping) {
            throw new RefusedException(RefusedException.Reason.STOPPING, "the server is stopping");
        }
        if (open.size() >= limits.waiting()) {
            counts.refused();
            throw new RefusedException(
                    RefusedException.Reason.FULL, limits.waiting() + " jobs wait already, which is as many as may");
        }
    }

    /**
     * The jobs that wait or are drawn.
     *
     * @return in the order in which they came
     */
    public synchronized List<Job> unfinished() {
        return List.copyOf(open.values());
    }

    /**
     * All jobs that are known.
     *
     * @return in the order in which they came
     */
    public synchronized List<Job> all() {
        forgetOld();
        return List.copyOf(jobs.values());
    }

    /**
     * Finds a job.
     *
     * @param id its name
     * @return the job; empty if there is none, or it ended long ago
     */
    public synchronized Optional<Job> find(String id) {
        return Optional.ofNullable(jobs.get(id));
    }

    /**
     * Ends a job that nobody wants any more. Others that are drawn together with it go on.
     *
     * @param job the job; one that ended stays as it is
     */
    public void cancel(Job job) {
        job.cancel();
        synchronized (this) {
            ModelLine line = lines.get(job.model().name());
            if (line != null) {
                line.remove(job);
            }
        }
        if (job.end(JobState.CANCELLED, "the job was cancelled")) {
            counts.ended(JobState.CANCELLED);
        }
    }

    /**
     * Forgets a job and its pictures; one that hasn't ended is cancelled.
     *
     * @param job the job
     */
    public void forget(Job job) {
        cancel(job);
        synchronized (this) {
            drop(job);
        }
    }

    private void drop(Job job) {
        jobs.remove(job.id());
        if (ended.remove(job.id()) != null) {
            keptBytes -= job.bytes();
        }
    }

    /** Forgets what has been kept for long enough, or is more than is kept. */
    public synchronized void forgetOld() {
        Instant oldest = Instant.now().minus(limits.keptFor());
        while (!ended.isEmpty()) {
            Job job = ended.values().iterator().next();
            boolean isOld = job.now().ended().isBefore(oldest);
            if (!isOld && keptBytes <= limits.keptBytes() && ended.size() <= MOST_KEPT) {
                return;
            }
            drop(job);
        }
    }

    /**
     * Whether no more jobs are taken.
     *
     * @return true from {@link #stop} on
     */
    public synchronized boolean isStopping() {
        return stopping;
    }

    /**
     * Takes no more jobs, lets those that wait or are drawn end for a while, and says of the others that they are lost.
     *
     * @param grace how long they have
     */
    public void stop(Duration grace) {
        synchronized (this) {
            stopping = true;
        }
        long until = System.nanoTime() + grace.toNanos();
        List<Job> unfinished = unfinished();
        for (Job job : unfinished) {
            try {
                job.end().get(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            } catch (Exception e) {
                // It took too long: what that means is said below.
            }
        }
        for (Job job : unfinished) {
            job.cancel();
            if (job.end(JobState.LOST, "the server stopped before the job was done")) {
                counts.ended(JobState.LOST);
            }
        }
        close();
    }

    /** Ends all threads; jobs that haven't ended are lost. */
    @Override
    public void close() {
        synchronized (this) {
            stopping = true;
            lines.values().forEach(ModelLine::end);
        }
        finishing.shutdown();
        for (Job job : unfinished()) {
            if (job.end(JobState.LOST, "the server stopped before the job was done")) {
                counts.ended(JobState.LOST);
            }
        }
    }
}
