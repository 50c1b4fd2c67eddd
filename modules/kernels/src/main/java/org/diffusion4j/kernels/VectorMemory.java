package org.diffusion4j.kernels;

import static java.lang.invoke.MethodHandles.insertArguments;
import static java.lang.invoke.MethodType.methodType;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Vectors from memory and into it, which is where the vector API of Java 17 and that of later Javas differ: it takes
 * a {@link ByteBuffer} there and a {@code java.lang.foreign.MemorySegment} here. The methods are looked up, so that one
 * class file runs on either; the compiler sees through handles that are constants.
 */
final class VectorMemory {
    static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    private static final MethodHandle LOAD;
    private static final MethodHandle STORE;
    /**
     * From a buffer to a segment, null where buffers will do. Not final, so that the compiler leaves it a call: inlined it
     * would be a large part of many a loop, which the compiler takes to a limit only.
     */
    private static MethodHandle segment;

    static {
        try {
            Class<?> memory = ByteBuffer.class;
            Class<?> offset = int.class;
            MethodHandle load;
            try {
                load = from(memory, offset);
            } catch (NoSuchMethodException e) {
                memory = Class.forName("java.lang.foreign.MemorySegment");
                offset = long.class;
                load = from(memory, offset);
                segment = MethodHandles.publicLookup()
                        .findStatic(memory, "ofBuffer", methodType(memory, Buffer.class))
                        .asType(methodType(Object.class, ByteBuffer.class));
            }
            MethodHandle store = MethodHandles.publicLookup()
                    .findVirtual(
                            FloatVector.class,
                            "into" + memory.getSimpleName(),
                            methodType(void.class, memory, offset, ByteOrder.class));
            LOAD = insertArguments(insertArguments(load, 3, ByteOrder.nativeOrder()), 0, SPECIES)
                    .asType(methodType(FloatVector.class, Object.class, int.class));
            STORE = insertArguments(store, 3, ByteOrder.nativeOrder())
                    .asType(methodType(void.class, FloatVector.class, Object.class, int.class));
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("jdk.incubator.vector: expected methods that load and store vectors, found none", e);
        }
    }

    private VectorMemory() {}

    private static MethodHandle from(Class<?> memory, Class<?> offset) throws ReflectiveOperationException {
        return MethodHandles.publicLookup()
                .findStatic(
                        FloatVector.class,
                        "from" + memory.getSimpleName(),
                        methodType(FloatVector.class, VectorSpecies.class, memory, offset, ByteOrder.class));
    }

    /**
     * What {@link #load} and {@link #store} take; null for null. To be made once a call of a loop: made at each access it
     * costs up to thirteen times as much.
     */
    static Object of(ByteBuffer bytes) {
        if (segment == null || bytes == null) {
            return bytes;
        }
        // A segment begins at the buffer's position, where offsets here are absolute.
        ByteBuffer fromZero = bytes.position() == 0 ? bytes : bytes.duplicate().position(0);
        try {
            return (Object) segment.invokeExact(fromZero);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    /** The vector at an offset in bytes. */
    static FloatVector load(Object memory, int at) {
        try {
            return (FloatVector) LOAD.invokeExact(memory, at);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    /** Writes a vector at an offset in bytes. */
    static void store(FloatVector value, Object memory, int at) {
        try {
            STORE.invokeExact(value, memory, at);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    /** The methods behind the handles throw nothing checked. */
    private static RuntimeException unchecked(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return (RuntimeException) e;
    }
}
