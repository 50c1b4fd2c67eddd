package org.diffusion4j.weights.embedding;

import java.util.List;
import java.util.function.Function;
import org.diffusion4j.samediff.WeightSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * A text encoder's table of tokens with further rows. A table may have more rows than its tokenizer has tokens; then the first of the
 * further rows take their places, as in Python.
 *
 * @param table the encoder's own table, [tokens, width]
 * @param first the id of the first further token, at most the table's number of rows
 * @param rows the further tokens' vectors in the order of their ids, each [tokens, width]
 */
public record ExtendedTable(WeightSource table, int first, List<INDArray> rows) implements WeightSource {
    /** Copies the list. */
    public ExtendedTable {
        rows = List.copyOf(rows);
    }

    @Override
    public long[] shape() {
        long[] shape = table.shape();
        long end = first + rows.stream().mapToLong(each -> each.size(0)).sum();
        return new long[] {Math.max(shape[0], end), shape[1]};
    }

    @Override
    public DataType dataType() {
        return table.dataType();
    }

    @Override
    public <T> T use(Function<INDArray, T> reader) {
        try (INDArray whole = array()) {
            return reader.apply(whole);
        }
    }

    @Override
    public INDArray array() {
        INDArray whole = Nd4j.createUninitializedDetached(dataType(), shape());
        table.read(own -> whole.get(NDArrayIndex.interval(0, own.size(0)), NDArrayIndex.all())
                .assign(own));
        long at = first;
        for (INDArray each : rows) {
            whole.get(NDArrayIndex.interval(at, at + each.size(0)), NDArrayIndex.all())
                    .assign(each);
            at += each.size(0);
        }
        return whole;
    }
}
