package org.diffusion4j.weights.lora;

import java.util.List;
import java.util.function.Function;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.WeightTensor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A weight with what adapters add to it, summed up in float32 whenever it is read. */
record ChangedWeight(WeightTensor weight, List<WeightChange> changes) implements WeightSource {
    /** The sum as a tensor that keeps the weight's type when it is written. */
    static WeightTensor of(WeightTensor weight, List<WeightChange> changes) {
        return Tensor.of(new ChangedWeight(weight, List.copyOf(changes)), weight.type());
    }

    @Override
    public long[] shape() {
        return weight.shape();
    }

    @Override
    public DataType dataType() {
        return DataType.FLOAT;
    }

    @Override
    public <T> T use(Function<INDArray, T> reader) {
        try (INDArray sum = array()) {
            return reader.apply(sum);
        }
    }

    @Override
    public INDArray array() {
        INDArray sum = weight.use(lent -> lent.dup('c'));
        for (WeightChange change : changes) {
            WeightDelta delta = change.delta();
            INDArray product = delta.product(shape());
            INDArray added = product.reshape('c', shape()).mul(delta.factor() * change.scale());
            sum.addi(added);
            added.close();
        }
        return sum;
    }
}
