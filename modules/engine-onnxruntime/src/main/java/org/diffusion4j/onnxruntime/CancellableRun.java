package org.diffusion4j.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.diffusion4j.engine.parallel.Cancellation;

/** One run of a session, which a thread of its own ends when it is cancelled: ONNX Runtime asks nobody, but can be told. */
final class CancellableRun implements AutoCloseable {
    private static final long MILLISECONDS_BETWEEN_QUESTIONS = 5;

    private final OrtSession.RunOptions options;
    private final BooleanSupplier cancelled;
    private final CountDownLatch done = new CountDownLatch(1);
    /** What the run is ended with; null if nothing ended it. */
    private volatile RuntimeException end;

    /** Makes a run; an exception of {@code cancelled} ends it, too. */
    CancellableRun(BooleanSupplier cancelled) throws OrtException {
        this.cancelled = cancelled;
        this.options = new OrtSession.RunOptions();
    }

    OrtSession.Result of(OrtSession session, Map<String, OnnxTensor> inputs) throws OrtException {
        Cancellation.check(cancelled);
        if (cancelled != Cancellation.NEVER) {
            Thread watcher = new Thread(this::watch, "diffusion4j-onnxruntime-watcher");
            watcher.setDaemon(true);
            watcher.start();
        }
        try {
            return session.run(inputs, options);
        } catch (OrtException e) {
            if (end == null) {
                throw e;
            }
            end.addSuppressed(e);
            throw end;
        }
    }

    private void watch() {
        try {
            while (!done.await(MILLISECONDS_BETWEEN_QUESTIONS, TimeUnit.MILLISECONDS)) {
                try {
                    Cancellation.check(cancelled);
                } catch (RuntimeException e) {
                    terminate(e);
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // nobody has this thread
        }
    }

    /** Under the lock of {@link #close}, after which the options' memory is no longer theirs. */
    private synchronized void terminate(RuntimeException reason) {
        if (done.getCount() > 0) {
            end = reason;
            try {
                options.setTerminate(true);
            } catch (OrtException e) {
                reason.addSuppressed(e);
            }
        }
    }

    @Override
    public synchronized void close() {
        done.countDown();
        options.close();
    }
}
