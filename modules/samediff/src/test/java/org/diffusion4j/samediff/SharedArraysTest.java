package org.diffusion4j.samediff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.array.SingleThreadArrayHolder;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class SharedArraysTest {
    private final INDArray weight = Nd4j.createFromArray(new float[][] {{1, 2}, {3, 4}});
    private final SharedArrays arrays = new SharedArrays(Map.of("weight", WeightSource.of(weight)));

    private INDArray read(String name) {
        return arrays.source(name).use(array -> array);
    }

    private SDVariable product(SameDiff sd) {
        sd.setArrayHolders(arrays, new SingleThreadArrayHolder(), true);
        SDVariable x = sd.placeHolder("x", DataType.FLOAT, -1, 2);
        return x.mmul(arrays.addTo(sd, "weight"));
    }

    @Test
    void aReaderGetsTheArrayItselfAndAGraphACopy() {
        assertSame(weight, read("weight"));
        INDArray own = arrays.getArray("weight");
        assertNotSame(weight, own);
        own.addi(1);
        assertEquals(1, weight.getDouble(0));
        assertSame(own, read("weight"));
        assertNull(arrays.source("another"));
        assertNull(arrays.getArray("another"));
    }

    @Test
    void aGraphIsBuiltWithoutArraysAndRunsWithThem() {
        SameDiff sd = SameDiff.create();
        SDVariable y = product(sd);
        assertSame(weight, read("weight"));
        INDArray found = y.eval(Map.of("x", Nd4j.createFromArray(new float[][] {{1, 10}})));
        assertEquals(Nd4j.createFromArray(new float[][] {{31, 42}}), found);
        assertEquals(Nd4j.createFromArray(new float[][] {{1, 2}, {3, 4}}), weight);
    }

    @Test
    void aRenamedVariableKeepsItsArray() {
        SameDiff sd = SameDiff.create();
        product(sd);
        sd.renameVariable("weight", "kernel");
        assertSame(weight, read("kernel"));
        assertFalse(arrays.hasArray("weight"));
        assertEquals(Set.of("kernel"), Set.copyOf(arrays.arrayNames()));
        assertEquals(1, arrays.size());
        arrays.setArray("kernel", weight.dup());
        arrays.rename("kernel", "weight");
        assertTrue(arrays.hasArray("weight"));
        arrays.removeArray("weight");
        assertEquals(0, arrays.size());
    }

    @Test
    void anotherHolderTakesWhatThereIs() {
        SingleThreadArrayHolder holder = new SingleThreadArrayHolder();
        holder.initFrom(arrays);
        assertEquals(weight, holder.getArray("weight"));
        arrays.initFrom(holder);
        assertEquals(weight, read("weight"));
    }
}
