package org.diffusion4j.engine.onednn;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.diffusion4j.engine.ir.Value;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The parameters in the layouts that primitives want: packed once, shared by all programs of a network. */
final class Weights {
    private final engine engine;
    private final Map<String, List<memory>> packed = new HashMap<>();

    Weights(engine engine) {
        this.engine = engine;
    }

    /**
     * A parameter in a layout.
     *
     * @param value the parameter
     * @param as how its plain memory is to be read
     * @param wanted the layout asked for
     */
    synchronized memory packed(Value value, memory.desc as, memory.desc wanted) {
        List<memory> known = packed.computeIfAbsent(value.name(), name -> new ArrayList<>());
        for (memory one : known) {
            if (one.get_desc().equals(wanted)) {
                return one;
            }
        }
        INDArray array = plain(value);
        memory target = new memory(wanted, engine);
        try {
            memory source = new memory(as, engine, array.data().addressPointer());
            stream stream = new stream(engine);
            new reorder(source, target).execute(stream, source, target);
            stream._wait();
        } finally {
            Reference.reachabilityFence(array); // its memory is read until here
        }
        known.add(target);
        return target;
    }

    /** A copy of a parameter as it is, float32 and row-major. */
    static INDArray plain(Value value) {
        return value.parameter().castTo(DataType.FLOAT).dup('c');
    }
}
