package org.diffusion4j.spark.training;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.training.LocalGradients;
import org.diffusion4j.training.TrainingMemory;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;

/**
 * What an executor keeps of a run from one step to the next: the model and the pictures, once, and a network for each task
 * that runs at the same time.
 */
final class Workers {
    private static final Map<String, Workers> OF_RUN = new HashMap<>();

    private final TrainingJob job;
    private final Path folder;
    private final DiffusersModel model;
    private final PictureSource pictures;
    /** The one that was used last is first. */
    private final Deque<Worker> idle = new ArrayDeque<>();

    private int busy;
    private boolean closed;

    /** A network, and the part that it computed last, for which it makes batches in advance. */
    private static final class Worker {
        private final LocalGradients gradients;
        private StepPart last;

        Worker(LocalGradients gradients) {
            this.gradients = gradients;
        }

        boolean had(StepPart part) {
            return last != null && last.from() == part.from() && last.to() == part.to();
        }
    }

    /** Computes with a network that no other task uses meanwhile. */
    interface Work<R> {
        R with(LocalGradients gradients);
    }

    private Workers(TrainingJob job) {
        this.job = job;
        folder = job.model().value().write();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> ModelFiles.delete(folder)));
        model = DiffusersFolder.read(folder);
        TrainingMemory.check(model.config(), job.plan(), job.engine(), job.checkpointing());
        pictures = job.pictures().open();
    }

    /** Those of a run in this JVM. Runs that nobody computes for at the moment give their memory up for a new one. */
    private static Workers of(TrainingJob job) {
        synchronized (OF_RUN) {
            Workers workers = OF_RUN.get(job.id());
            if (workers == null) {
                OF_RUN.values().removeIf(Workers::closeUnused);
                workers = new Workers(job);
                OF_RUN.put(job.id(), workers);
            }
            workers.begin();
            return workers;
        }
    }

    /**
     * Computes something for a part of a step.
     *
     * @param job the run
     * @param part the part
     * @param work what is done
     * @return its result
     */
    static <R> R compute(TrainingJob job, StepPart part, Work<R> work) {
        Workers workers = of(job);
        Worker worker = null;
        boolean whole = false;
        try {
            worker = workers.take(part);
            worker.last = part;
            R result = work.with(worker.gradients);
            whole = true;
            return result;
        } finally {
            workers.end(worker, whole);
        }
    }

    /** The model of a run that this task computes for. */
    static DiffusersModel model(TrainingJob job) {
        synchronized (OF_RUN) {
            return OF_RUN.get(job.id()).model;
        }
    }

    private synchronized void begin() {
        busy++;
    }

    /** An idle network, if possible one that has begun with this part of the next step. */
    private Worker take(StepPart part) {
        synchronized (this) {
            for (Iterator<Worker> each = idle.iterator(); each.hasNext(); ) {
                Worker worker = each.next();
                if (worker.had(part)) {
                    each.remove();
                    return worker;
                }
            }
            if (!idle.isEmpty()) {
                return idle.pop();
            }
        }
        return new Worker(new LocalGradients(model, pictures, job.plan(), job.computer()));
    }

    /** A network whose work failed isn't used again. */
    private synchronized void end(Worker worker, boolean whole) {
        busy--;
        if (worker != null && whole && !closed) {
            idle.push(worker);
        } else if (worker != null) {
            worker.gradients.close();
        }
        if (closed && busy == 0) {
            closeModel();
        }
    }

    /** Frees what this JVM keeps of a run, or will when its last task ends. */
    static void close(String id) {
        synchronized (OF_RUN) {
            Workers workers = OF_RUN.remove(id);
            if (workers != null) {
                workers.close();
            }
        }
    }

    private synchronized boolean closeUnused() {
        if (busy > 0) {
            return false;
        }
        close();
        return true;
    }

    private synchronized void close() {
        closed = true;
        idle.forEach(worker -> worker.gradients.close());
        idle.clear();
        if (busy == 0) {
            closeModel();
        }
    }

    private void closeModel() {
        model.close();
        ModelFiles.delete(folder);
    }
}
