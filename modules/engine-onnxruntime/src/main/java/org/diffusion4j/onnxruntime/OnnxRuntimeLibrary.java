package org.diffusion4j.onnxruntime;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** ONNX Runtime's environment, of which a process has one. It doesn't log, since what goes wrong is in exceptions. */
final class OnnxRuntimeLibrary {
    /**
     * The stack for {@link Making}, in bytes; only what is used of it takes memory. Version 1.29 matches the command line of
     * the process, which is long if it has a class path, with a regular expression that recurses for every character. On an
     * ordinary stack that ends the process from 4000 characters on.
     */
    private static final long STACK = 512L << 20;

    private static final OrtEnvironment ENVIRONMENT = onLargeStack();

    private OnnxRuntimeLibrary() {}

    static OrtEnvironment environment() {
        return ENVIRONMENT;
    }

    private static OrtEnvironment onLargeStack() {
        FutureTask<OrtEnvironment> task = new FutureTask<>(new Making());
        Thread thread = new Thread(null, task, "onnxruntime", STACK);
        thread.setDaemon(true);
        thread.start();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw new ExceptionInInitializerError(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** A class of its own, since the other thread can't use the outer one before that is initialised. */
    private static final class Making implements Callable<OrtEnvironment> {
        @Override
        public OrtEnvironment call() throws OrtException {
            OrtEnvironment environment =
                    OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "diffusion4j");
            environment.setTelemetry(false);
            return environment;
        }
    }
}
