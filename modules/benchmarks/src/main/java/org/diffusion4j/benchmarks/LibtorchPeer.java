package org.diffusion4j.benchmarks;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import java.io.IOException;
import java.nio.file.Path;

/** Libtorch, through DJL, on a {@link TorchScriptFile}. */
final class LibtorchPeer implements Peer {
    private final Model model;
    private final NDManager manager;
    private final ParameterStore parameters;
    private final NDList inputs;

    LibtorchPeer(Path file, Inputs inputs, int threads) {
        // Read when the engine is loaded, once in a JVM.
        System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
        System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
        this.model = Model.newInstance("unet", Device.cpu(), "PyTorch");
        try {
            model.load(file.getParent(), file.getFileName().toString());
        } catch (IOException | MalformedModelException e) {
            throw new IllegalStateException(file.toString(), e);
        }
        this.manager = model.getNDManager().newSubManager();
        this.parameters = new ParameterStore(manager, false);
        this.inputs = new NDList(
                manager.create(inputs.sample(), new Shape(inputs.sampleShape())), manager.create(inputs.timestep()));
    }

    /** Whether its natives are on the class path. */
    static boolean isThere() {
        return LibtorchPeer.class.getResource("/native/lib/pytorch.properties") != null;
    }

    @Override
    public float[] run() {
        try (NDArray output =
                model.getBlock().forward(parameters, inputs, false).singletonOrThrow()) {
            return output.toFloatArray();
        }
    }

    @Override
    public void close() {
        manager.close();
        model.close();
    }
}
