package org.diffusion4j.engine.onednn;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.diffusion4j.engine.compile.Network;
import org.diffusion4j.engine.parallel.WaitForAll;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A network for one batch size, as a flat list of steps over one arena: read → rewrite → (differentiate →) lower → plan
 * memory → bind. All arrays of the network have their places before it runs. Only one thread at a time may
 * use it; it may take others along.
 */
final class Program implements AutoCloseable {
    private final Team forward;
    private final Team backward;

    private final stream stream;
    private final Map<String, Buffer> inputs;
    private final Map<String, Buffer> outputs;
    private final Map<String, Buffer> outputGradients;
    private final Map<String, Buffer> inputGradients;
    private final BytePointer arena;
    private final long arenaBytes;

    /**
     * Compiles a network.
     *
     * @param network the network with its fused ops
     * @param threads the number of threads. In a forward pass without gradients they share the parts of the steps; in training
     *     each primitive uses them all, and loops run on one.
     * @param bf16 whether convolutions and linear layers have their operands in bf16
     * @param training the worker's part in training; null for the forward pass only
     * @param weights the packed weights; if they are only planned, so is the program, which then has a size but can't run
     * @param cancelled asked before the weights of each op are packed
     * @throws java.util.concurrent.CancellationException if it is true; what is packed stays so, for the next time
     */
    Program(
            Network network,
            engine engine,
            Weights weights,
            int threads,
            boolean bf16,
            Training training,
            BooleanSupplier cancelled) {
        stream = new stream(engine);
        int team = training == null ? threads : 1;
        Primitives primitives = new Primitives(engine, stream, threads / team, team, bf16);
        LoweredNetwork lowered = LoweredNetwork.of(network, primitives, weights, training, cancelled);
        inputs = lowered.inputs();
        outputs = lowered.outputs();
        outputGradients = lowered.outputGradients();
        inputGradients = lowered.inputGradients();
        arenaBytes = lowered.bytes();
        arena = weights.isPlanned() ? null : lowered.bind();
        Pointer.trimMemory(); // what packing the weights took for a while goes back to the system
        forward = new Team(lowered.forwardSteps(), team);
        backward = new Team(lowered.backwardSteps(), team);
    }

    /**
     * Runs the network.
     *
     * @param arrays the inputs, whose shapes were checked
     * @param results get the outputs, row-major float32
     * @param others the threads that work with this one, one fewer than the program was made for; those of a program for
     *     training have nothing to do
     * @param cancelled asked before each part of a step
     * @throws java.util.concurrent.CancellationException if it is true; then the results aren't complete
     */
    void run(
            Map<String, INDArray> arrays,
            Map<String, INDArray> results,
            List<ExecutorService> others,
            BooleanSupplier cancelled) {
        arrays.forEach((name, array) -> inputs.get(name).copyFrom(array));
        run(forward, others, cancelled);
        results.forEach((name, result) -> read(outputs.get(name), result));
    }

    /**
     * Runs the backward pass of the last run.
     *
     * @param gradients the gradients of the outputs, row-major
     * @param results get the requested gradients of inputs
     */
    void runBackward(Map<String, INDArray> gradients, Map<String, INDArray> results) {
        gradients.forEach((name, gradient) -> outputGradients.get(name).copyFrom(gradient));
        run(backward, List.of(), () -> false);
        results.forEach((name, result) -> {
            Buffer found = inputGradients.get(name);
            if (found != null) {
                read(found, result);
            }
        });
    }

    private static void read(Buffer from, INDArray to) {
        Pointer.memcpy(to.data().addressPointer(), from.pointer(), from.byteSize());
    }

    private void run(Team team, List<ExecutorService> others, BooleanSupplier cancelled) {
        List<Future<?>> running = new ArrayList<>();
        for (int i = 1; i < team.threads(); i++) {
            int thread = i;
            running.add(others.get(i - 1).submit(() -> team.run(thread, cancelled)));
        }
        team.run(0, cancelled);
        WaitForAll.of(running);
        stream._wait();
        team.check();
    }

    /** The memory of all arrays, in bytes. */
    long arrayBytes() {
        return arenaBytes;
    }

    @Override
    public void close() {
        if (arena != null) {
            arena.deallocate();
        }
    }
}
