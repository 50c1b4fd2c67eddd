package org.diffusion4j.engine.onednn;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.diffusion4j.engine.ir.Value;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.kernels.Kernels;
import org.diffusion4j.kernels.WinogradForm;
import org.diffusion4j.samediff.WeightSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The parameters in the layouts that primitives need, shared by all programs of a network. Parameters that change are here
 * only for Winograd's algorithm, since its transform takes long. They are transformed anew for each pass. Both passes use the
 * same memory. With checkpointing they aren't here at all, see {@link TransformedWeight}.
 */
final class Weights {
    private static final long ALIGNMENT = 64;

    /** The pass that a layout is for. */
    enum Pass {
        /** The pass from the input to the output. */
        FORWARD,
        /** The pass from the output's gradient to the parameters' gradients. */
        BACKWARD
    }

    private final engine engine;
    private final FlatParameters changing;
    private final Map<String, WeightSource> lasting;
    private final Map<String, Packed> parameters = new HashMap<>();
    private final Map<String, List<Copy>> copies = new HashMap<>();
    private final Map<String, BytePointer> constants = new HashMap<>();
    private final List<BytePointer> owned = new ArrayList<>();

    private final Map<Integer, BytePointer> scratch = new ConcurrentHashMap<>();
    /** Whether nothing is allocated or read, since only the sizes are asked for. */
    private final boolean planned;
    /** The bytes that would have been allocated, if this is planned. */
    private long plannedBytes;

    /** The bytes of the largest scratch of a transform, if this is planned. */
    private long plannedScratch;

    private final Kernels kernels = Kernels.best();

    /** Converts a parameter's plain memory to a layout. */
    private interface Packing {
        void run(stream stream, int part);
    }

    /** Memory for one layout per pass. */
    private record Block(BytePointer memory, long size, Set<Pass> taken) {
        boolean has(long wanted, Pass pass) {
            return !taken.contains(pass) && size >= wanted;
        }

        Pointer take(Pass pass) {
            taken.add(pass);
            return memory;
        }
    }

    /**
     * A copy of a parameter that doesn't change, with the dimensions in which it is read: two ops may read the same memory
     * as different weights.
     */
    private record Copy(memory.desc as, memory memory) {}

    /** A parameter's layouts in Winograd's domain. */
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

        /** Makes memory for a further layout, in which the other pass has room for the plain form. */
        memory target(
                memory.desc wanted, engine engine, Pass pass, WinogradForm form, LongFunction<BytePointer> allocate) {
            long bytes = wanted.get_size();
            long size = Math.max(bytes, bytes / form.products() * WinogradForm.PLAIN.products());
            Block block = blocks.stream()
                    .filter(one -> one.has(size, pass))
                    .findFirst()
                    .orElseGet(() -> {
                        Block made = new Block(allocate.apply(size), size, EnumSet.noneOf(Pass.class));
                        blocks.add(made);
                        return made;
                    });
            memory target = new memory(wanted, engine, block.take(pass));
            layouts.get(pass).add(target);
            return target;
        }
    }

    /**
     * No weights yet.
     *
     * @param changing the parameters that may change; null for none
     * @param lasting the contents of variables by name, which are the same for all programs; it may still grow
     */
    Weights(engine engine, FlatParameters changing, Map<String, WeightSource> lasting) {
        this(engine, changing, lasting, false);
    }

    private Weights(engine engine, FlatParameters changing, Map<String, WeightSource> lasting, boolean planned) {
        this.engine = engine;
        this.changing = changing;
        this.lasting = lasting;
        this.planned = planned;
    }

    /** Weights of which only the sizes are asked for: nothing is allocated or read, and nothing can run. */
    static Weights planned(engine engine, FlatParameters changing, Map<String, WeightSource> lasting) {
        return new Weights(engine, changing, lasting, true);
    }

    boolean isPlanned() {
        return planned;
    }

    /** The bytes that planned weights would take, with the scratch of as many threads as transform them. */
    long plannedBytes() {
        return plannedBytes + plannedScratch * (changing == null ? 1 : 2);
    }

    /**
     * Binds a buffer to the row-major elements of a variable, which all programs share.
     *
     * @param buffer as many elements as the value
     * @param value a variable or constant that doesn't change
     * @return false if it isn't a variable of the graph, but was computed for one program
     */
    synchronized boolean bind(Buffer buffer, Value value) {
        if (lasting.get(value.name()) != value.parameter()) {
            return false;
        }
        BytePointer memory = constants.get(value.name());
        if (memory == null) {
            memory = allocate(buffer.byteSize());
            constants.put(value.name(), memory);
            if (!planned) {
                buffer.bind(memory);
                value.parameter().read(buffer::copyFrom);
            }
        } else if (!planned) {
            buffer.bind(memory);
        }
        return true;
    }

    private BytePointer allocate(long size) {
        if (planned) {
            plannedBytes += size + ALIGNMENT;
            return new BytePointer();
        }
        BytePointer block = new BytePointer(size + ALIGNMENT);
        owned.add(block);
        return aligned(block);
    }

    private static BytePointer aligned(BytePointer block) {
        return block.getPointer((ALIGNMENT - block.address() % ALIGNMENT) % ALIGNMENT);
    }

    /**
     * Gives a parameter that doesn't change in a layout.
     *
     * @param value the parameter
     * @param as how its plain memory is to be read
     * @param wanted the layout that is needed
     */
    synchronized memory packed(Value value, memory.desc as, memory.desc wanted) {
        List<Copy> known = copies.computeIfAbsent(value.name(), name -> new ArrayList<>());
        for (Copy one : known) {
            if (one.as.equals(as) && one.memory.get_desc().equals(wanted)) {
                return one.memory;
            }
        }
        memory target = new memory(wanted, engine, allocate(wanted.get_size()));
        read(value, address -> reordering(new memory(as, engine, address), target));
        known.add(new Copy(as, target));
        return target;
    }

    /** Packs a parameter that doesn't change. It is read in place if it is row-major float32. */
    private void read(Value value, Function<Pointer, Packing> packing) {
        if (planned) {
            return;
        }
        value.parameter().read(array -> {
            boolean asItIs = array.dataType() == DataType.FLOAT && array.ordering() == 'c' && !array.isView();
            INDArray plain = asItIs ? array : array.castTo(DataType.FLOAT).dup('c');
            try {
                once(packing.apply(plain.data().addressPointer()));
            } finally {
                Reference.reachabilityFence(plain); // its memory is read until here
                if (plain != array) {
                    plain.close();
                }
            }
        });
    }

    private static Packing reordering(memory source, memory target) {
        reorder reorder = new reorder(source, target);
        return (stream, part) -> reorder.execute(stream, source, target);
    }

    /**
     * Gives a 3×3 convolution's weight in Winograd's domain.
     *
     * @param value the parameter, [out, in, 3, 3]
     * @param wanted the layout that is needed, of [products, in, out], or for the backward pass [products, out, in]
     * @param pass the pass in which it is read
     * @param form what it is transformed to
     */
    synchronized memory winograd(Value value, memory.desc wanted, Pass pass, WinogradForm form) {
        Packed packed = parameters.computeIfAbsent(value.name(), name -> new Packed());
        for (memory one : packed.layouts.get(pass)) {
            if (one.get_desc().equals(wanted)) {
                return one;
            }
        }
        if (planned) {
            plannedScratch = Math.max(plannedScratch, 4L * form.products() * value.size(0) * value.size(1));
        }
        if (changing != null && changing.names().contains(value.name())) {
            memory target = packed.target(wanted, engine, pass, form, this::allocate);
            if (planned) {
                return target;
            }
            BytePointer address = new BytePointer(changing.address(changing.values(), value.name()));
            packed.packings.get(pass).add(transforming(value, address, target, pass, form));
            return target;
        }
        memory target = new memory(wanted, engine, allocate(wanted.get_size()));
        read(value, address -> transforming(value, new BytePointer(address), target, pass, form));
        packed.layouts.get(pass).add(target);
        return target;
    }

    private Packing transforming(Value value, BytePointer address, memory target, Pass pass, WinogradForm form) {
        int out = value.size(0);
        int in = value.size(1);
        ByteBuffer weight = bytes(address, 4 * value.length());
        boolean backward = pass == Pass.BACKWARD;
        memory.desc plain =
                backward ? Primitives.plain(form.products(), out, in) : Primitives.plain(form.products(), in, out);
        long size = plain.get_size();
        memory source = new memory(plain, engine, address); // its memory is set before it is read
        reorder reorder = new reorder(source, target);
        return (stream, part) -> {
            BytePointer plane = scratch.compute(part, (key, old) -> atLeast(old, size));
            kernels.winogradWeight(form, weight, out, in, backward, bytes(plane, size));
            source.set_data_handle(plane);
            reorder.execute(stream, source, target);
        };
    }

    private static BytePointer atLeast(BytePointer old, long size) {
        if (old != null && old.capacity() >= size) {
            return old;
        }
        if (old != null) {
            old.deallocate();
        }
        return new BytePointer(size);
    }

    private static ByteBuffer bytes(BytePointer pointer, long size) {
        return new BytePointer(pointer)
                .limit(size)
                .capacity(size)
                .asByteBuffer()
                .order(ByteOrder.nativeOrder());
    }

    private void once(Packing packing) {
        stream stream = new stream(engine);
        packing.run(stream, 0);
        stream._wait();
    }

    /**
     * Packs the parameters that may change for a pass.
     *
     * @param pass the pass that comes next
     * @param part which part of the work to do, from 0
     * @param parts the number of parts, which may run at the same time
     */
    void refresh(Pass pass, int part, int parts) {
        OpenMp.setThreads(1);
        stream stream = new stream(engine);
        int index = 0;
        for (Packed packed : parameters.values()) {
            for (Packing packing : packed.packings.get(pass)) {
                if (index++ % parts == part) {
                    packing.run(stream, part);
                }
            }
        }
        stream._wait();
    }

    /** The bytes that all layouts take together. */
    synchronized long bytes() {
        Stream<memory> transformed = parameters.values().stream()
                .flatMap(packed -> packed.layouts.values().stream())
                .flatMap(List::stream);
        Stream<memory> copied = copies.values().stream().flatMap(List::stream).map(Copy::memory);
        return Stream.concat(transformed, copied)
                .mapToLong(memory -> memory.get_desc().get_size())
                .sum();
    }

    /** Frees what was packed. */
    void close() {
        owned.forEach(BytePointer::deallocate);
        scratch.values().forEach(BytePointer::deallocate);
    }
}
