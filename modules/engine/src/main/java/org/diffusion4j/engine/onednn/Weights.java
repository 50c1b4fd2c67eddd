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
import org.bytedeco.javacpp.Pointer;
import org.diffusion4j.engine.FlatParameters;
import org.diffusion4j.engine.ir.Value;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The parameters in the layouts that primitives want, shared by all programs of a network. */
final class Weights {
    private final engine engine;
    private final FlatParameters changing;
    private final Map<String, List<memory>> packed = new HashMap<>();
    private final List<Packing> packings = new ArrayList<>();

    private record Packing(reorder reorder, memory source, memory target) {}

    /**
     * No weights yet.
     *
     * @param changing the parameters that may change; null for none
     */
    Weights(engine engine, FlatParameters changing) {
        this.engine = engine;
        this.changing = changing;
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
        memory target = changing != null && changing.names().contains(value.name())
                ? following(value, as, wanted)
                : copied(value, as, wanted);
        known.add(target);
        return target;
    }

    private memory copied(Value value, memory.desc as, memory.desc wanted) {
        INDArray array = value.parameter().castTo(DataType.FLOAT).dup('c');
        memory target = new memory(wanted, engine);
        try {
            memory source = new memory(as, engine, array.data().addressPointer());
            pack(new Packing(new reorder(source, target), source, target));
        } finally {
            Reference.reachabilityFence(array); // its memory is read until here
        }
        return target;
    }

    private memory following(Value value, memory.desc as, memory.desc wanted) {
        Pointer address = changing.address(changing.values(), value.name());
        memory source = new memory(as, engine, address);
        if (as.equals(wanted)) {
            return source;
        }
        memory target = new memory(wanted, engine);
        Packing packing = new Packing(new reorder(source, target), source, target);
        pack(packing);
        packings.add(packing);
        return target;
    }

    private void pack(Packing packing) {
        stream stream = new stream(engine);
        packing.reorder.execute(stream, packing.source, packing.target);
        stream._wait();
    }

    /**
     * Packs again what may have changed.
     *
     * @param part of the work, from 0
     * @param parts into which it is cut; they may run at once
     */
    void refresh(int part, int parts) {
        stream stream = new stream(engine);
        for (int i = part; i < packings.size(); i += parts) {
            Packing packing = packings.get(i);
            packing.reorder.execute(stream, packing.source, packing.target);
        }
        stream._wait();
    }
}
