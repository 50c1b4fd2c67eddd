package org.diffusion4j.benchmarks;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;
import org.diffusion4j.graph.UNetGraph;

/** ONNX Runtime on the file that this project exports. */
final class OnnxRuntimePeer implements Peer {
    private final OrtSession session;
    private final Map<String, OnnxTensor> inputs;

    OnnxRuntimePeer(Path model, Inputs inputs, int threads) {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            environment.setTelemetry(false);
            options.setIntraOpNumThreads(threads);
            this.session = environment.createSession(model.toString(), options);
            this.inputs = Map.of(
                    UNetGraph.SAMPLE,
                    OnnxTensor.createTensor(environment, direct(inputs.sample()), inputs.sampleShape()),
                    UNetGraph.TIMESTEP,
                    OnnxTensor.createTensor(
                            environment, direct(inputs.timestep()), new long[] {inputs.timestep().length}));
        } catch (OrtException e) {
            throw new IllegalStateException(model.toString(), e);
        }
    }

    private static FloatBuffer direct(float[] values) {
        return ByteBuffer.allocateDirect(values.length * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer()
                .put(values)
                .flip();
    }

    @Override
    public float[] run() {
        try (OrtSession.Result result = session.run(inputs)) {
            return ((OnnxTensor) result.get(0)).getFloatBuffer().array();
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        try {
            inputs.values().forEach(OnnxTensor::close);
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }
}
