package org.diffusion4j.engine.onednn;

import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One worker's part in training: where it reads parameters, and where it adds their gradients.
 *
 * @param parameters the network's parameters
 * @param order the order in which workers add
 * @param worker this worker's number, from 0
 * @param inputs the names of the inputs whose gradients are requested
 * @param checkpointing whether the backward pass computes parts of the forward pass once more, in place of keeping them
 */
record Training(
        FlatParameters parameters, OrderedAdditions order, int worker, List<String> inputs, boolean checkpointing) {
    boolean has(Value value) {
        return value.parameter() != null && parameters.names().contains(value.name());
    }

    /** The memory of a parameter's values. */
    Buffer value(Value parameter) {
        return view(parameters.values(), parameter);
    }

    /** The memory of a parameter's gradient. */
    Buffer gradient(Value parameter) {
        return view(parameters.gradients(), parameter);
    }

    private Buffer view(INDArray vector, Value parameter) {
        Buffer buffer = new Buffer(parameter.length(), false, true);
        if (!vector.isEmpty()) { // it is where memory is only planned
            buffer.bind(address(vector, parameter));
        }
        return buffer;
    }

    private Pointer address(INDArray vector, Value parameter) {
        return parameters.address(vector, parameter.name());
    }

    /** A step that waits until it is this worker's turn. */
    Step inTurn(Step step) {
        return new Step() {
            @Override
            public List<Buffer> buffers() {
                return step.buffers();
            }

            @Override
            public void bind() {
                step.bind();
            }

            @Override
            public void run() {
                order.await(worker);
                step.run();
                order.finish(worker);
            }
        };
    }
}
