package org.diffusion4j.engine.onednn;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.diffusion4j.engine.FlatParameters;
import org.diffusion4j.engine.ir.Value;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The parameters in the layouts that primitives want, shared by all programs of a network. Those that change are packed
 * again for each pass, where both passes use the same memory: half of it, for the same work.
 */
final class Weights {
    private static final long ALIGNMENT = 64;

    /** Which pass a layout is for. */
    enum Pass {
        /** From the input to the output. */
        FORWARD,
        /** From the output's gradient to the parameters'. */
        BACKWARD
    }

    private final engine engine;
    private final FlatParameters changing;
    private final Map<String, Packed> parameters = new HashMap<>();

    private record Packing(reorder reorder, memory source, memory target) {}

    /** Memory for a layout of each pass. */
    private record Block(BytePointer memory, Set<Pass> taken) {
        static Block of(long size) {
            return new Block(new BytePointer(size + ALIGNMENT), EnumSet.noneOf(Pass.class));
        }

        boolean has(long size, Pass pass) {
            return !taken.contains(pass) && memory.capacity() >= size + ALIGNMENT;
        }

        Pointer take(Pass pass) {
            taken.add(pass);
            return memory.getPointer((ALIGNMENT - memory.address() % ALIGNMENT) % ALIGNMENT);
        }
    }

    /** A parameter's layouts. */
    private static final class Packed {
        private final Map<Pass, List<memory>> layouts = new EnumMap<>(Pass.class);
        private final Map<Pass, List<Packing>> packings = new EnumMap<>(Pass.class);
        private final List<Block> blocks = new ArrayList<>();

        Packed() {
            for (Pass pass : Pass.values()) {
                layouts.put(pass, new ArrayList<>());
                packings.put(pass, new ArrayList<>());
            }
        }
    }

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
     * @param pass in which it is read
     */
    synchronized memory packed(Value value, memory.desc as, memory.desc wanted, Pass pass) {
        Packed packed = parameters.computeIfAbsent(value.name(), name -> new Packed());
        boolean follows = changing != null && changing.names().contains(value.name());
        for (memory one : packed.layouts.get(follows ? pass : Pass.FORWARD)) {
            if (one.get_desc().equals(wanted)) {
                return one;
            }
        }
        return follows ? following(packed, value, as, wanted, pass) : copied(packed, value, as, wanted);
    }

    private memory copied(Packed packed, Value value, memory.desc as, memory.desc wanted) {
        INDArray array = value.parameter().castTo(DataType.FLOAT).dup('c');
        memory target = new memory(wanted, engine);
        try {
            memory source = new memory(as, engine, array.data().addressPointer());
            pack(new Packing(new reorder(source, target), source, target));
        } finally {
            Reference.reachabilityFence(array); // its memory is read until here
        }
        packed.layouts.get(Pass.FORWARD).add(target);
        return target;
    }

    private memory following(Packed packed, Value value, memory.desc as, memory.desc wanted, Pass pass) {
        Pointer address = changing.address(changing.values(), value.name());
        memory source = new memory(as, engine, address);
        if (as.equals(wanted)) {
            packed.layouts.get(pass).add(source);
            return source;
        }
        long size = wanted.get_size();
        Block block = packed.blocks.stream()
                .filter(one -> one.has(size, pass))
                .findFirst()
                .orElseGet(() -> {
                    Block made = Block.of(size);
                    packed.blocks.add(made);
                    return made;
                });
        memory target = new memory(wanted, engine, block.take(pass));
        packed.layouts.get(pass).add(target);
        packed.packings.get(pass).add(new Packing(new reorder(source, target), source, target));
        return target;
    }

    private void pack(Packing packing) {
        stream stream = new stream(engine);
        packing.reorder.execute(stream, packing.source, packing.target);
        stream._wait();
    }

    /**
     * Packs what may change for a pass.
     *
     * @param pass that comes next
     * @param part of the work, from 0
     * @param parts into which it is cut; they may run at once
     */
    void refresh(Pass pass, int part, int parts) {
        OpenMp.setThreads(1);
        stream stream = new stream(engine);
        int index = 0;
        for (Packed packed : parameters.values()) {
            for (Packing packing : packed.packings.get(pass)) {
                if (index++ % parts == part) {
                    packing.reorder.execute(stream, packing.source, packing.target);
                }
            }
        }
        stream._wait();
    }

    /** Frees what was packed for parameters that change. */
    void close() {
        for (Packed packed : parameters.values()) {
            packed.blocks.forEach(block -> block.memory.deallocate());
        }
    }
}
