package org.diffusion4j.engine.onednn;

import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One worker's part in training: where parameters are read and their gradients added.
 *
 * @param parameters the network's
 * @param order in which the workers add
 * @param worker which this is, from 0
 * @param inputs the names of the inputs whose gradients are asked for
 */
record Training(FlatParameters parameters, OrderedAdditions order, int worker, List<String> inputs) {
    boolean has(Value value) {
        return value.parameter() != null && parameters.names().contains(value.name());
    }

    /** The parameter's values where they are. */
    Buffer value(Value parameter) {
        return view(parameters.values(), parameter);
    }

    /** The parameter's gradient where it is. */
    Buffer gradient(Value parameter) {
        return view(parameters.gradients(), parameter);
    }

    private Buffer view(INDArray vector, Value parameter) {
        Buffer buffer = new Buffer(parameter.length(), false, true);
        buffer.bind(address(vector, parameter));
        return buffer;
    }

    private Pointer address(INDArray vector, Value parameter) {
        return parameters.address(vector, parameter.name());
    }

    /** The step when it is this worker's turn. */
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
