package org.diffusion4j.server.job;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.server.model.ServedModel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jobs that wait for one model, and the thread that draws them, one batch at a time. The oldest job comes first; where it
 * leaves room in its batch, others go along that want the same of the network.
 */
final class ModelLine {
    private static final Logger LOG = LoggerFactory.getLogger(ModelLine.class);

    private final ServedModel model;
    private final JobCounts counts;
    /** Writes pictures while the next batch is drawn. */
    private final Executor finishing;

    private final List<Job> waiting = new ArrayList<>();
    private Batch running;
    private boolean ended;

    ModelLine(ServedModel model, JobCounts counts, Executor finishing) {
        this.model = model;
        this.counts = counts;
        this.finishing = finishing;
        Thread thread = new Thread(this::run, "draws-" + model.name());
        thread.setDaemon(true);
        thread.start();
    }

    synchronized void add(Job job) {
        waiting.add(job);
        notifyAll();
    }

    synchronized void remove(Job job) {
        waiting.remove(job);
    }

    /** Ends the thread; the batch that is being drawn ends at once. */
    synchronized void end() {
        ended = true;
        if (running != null) {
            running.stop();
        }
        notifyAll();
    }

    private void run() {
        for (Batch batch = next(); batch != null; batch = next()) {
            draw(batch);
        }
    }

    private synchronized Batch next() {
        running = null;
        while (!ended && waiting.isEmpty()) {
            try {
                wait();
            } catch (InterruptedException e) {
                ended = true; // nobody else has this thread
            }
        }
        if (ended) {
            return null;
        }
        running = joined();
        return running;
    }

    private Batch joined() {
        Batch batch = new Batch(counts);
        Job oldest = waiting.get(0);
        for (Iterator<Job> jobs = waiting.iterator(); jobs.hasNext() && batch.pictures() < model.batch(); ) {
            Job job = jobs.next();
            if (job == oldest || job.plan().goesWith(oldest.plan())) {
                batch.add(job, Math.min(job.left(), model.batch() - batch.pictures()));
                if (job.left() == 0) {
                    jobs.remove();
                }
            }
        }
        return batch;
    }

    private void draw(Batch batch) {
        try {
            List<List<GeneratedImage>> drawn = model.draw(batch.parts(), batch);
            finishing.execute(() -> finish(batch, drawn));
        } catch (CancellationException e) {
            end(batch, JobState.CANCELLED, "the job was cancelled");
        } catch (Diffusion4jException e) {
            end(batch, JobState.FAILED, e.getMessage());
        } catch (RuntimeException | Error e) {
            LOG.error("{} couldn't draw", model.name(), e);
            String why = e instanceof OutOfMemoryError ? "there is not enough memory" : "an error that was logged";
            end(batch, JobState.FAILED, "the model couldn't draw: " + why);
        }
    }

    private void finish(Batch batch, List<List<GeneratedImage>> drawn) {
        for (int i = 0; i < batch.members().size(); i++) {
            Job job = batch.members().get(i).job();
            if (job.isCancelled()) {
                continue;
            }
            counts.drawn(drawn.get(i).size());
            if (job.add(drawn.get(i).stream().map(JobPicture::of).toList())) {
                end(job, JobState.DONE, null);
            }
        }
    }

    /** Ends what is left of a batch's jobs. One that others go on with ends, too, for a part of it is missing. */
    private void end(Batch batch, JobState how, String why) {
        for (Batch.Member member : batch.members()) {
            remove(member.job());
            end(member.job(), how, why);
        }
    }

    private void end(Job job, JobState how, String why) {
        if (job.end(how, why)) {
            counts.ended(how);
        }
    }
}
