package org.diffusion4j.kernels;

import static java.lang.invoke.MethodHandles.insertArguments;
import static java.lang.invoke.MethodType.methodType;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Loads vectors from memory and stores them. Here the vector API of Java 17 differs from that of later versions: it takes a
 * {@link ByteBuffer} in Java 17 and a {@code java.lang.foreign.MemorySegment} later. The methods are looked up at run time,
 * so that one class file runs on both; method handles that are constants cost nothing once compiled.
 *
 * <p>Loops call the handles themselves, and no method of ours takes or returns a vector. The JVM always inlines the JDK's vector
 * methods and constant handles into a loop, but ours only while the loop is small enough and the method hasn't been compiled
 * into much code before. Where it doesn't, each vector becomes an object, and the loop takes several times as long. What
 * several loops share is therefore a loop of its own, over an array of {@link Scratch}.
 *
 * <p>Loops that compute much for each vector do so in an array of {@link Scratch}, into which some thousand numbers are copied and from
 * which they are copied back, since on Java 17 each access to memory outside the heap takes some ten instructions.
 *
 * <p>Each method broadcasts its constants. A vector in a static field is read from the heap again after each access to memory
 * outside of it, across which the JVM moves no reads: a transform of Winograd's took 1.35 times as long on Java 17.
 */
final class VectorMemory {
    static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    /** {@code (FloatVector) LOAD.invokeExact(Object memory, int at)}: the vector at an offset in bytes. */
    static final MethodHandle LOAD;

    /** {@code STORE.invokeExact(FloatVector value, Object memory, int at)}: writes a vector at an offset in bytes. */
    static final MethodHandle STORE;

    /**
     * Turns a buffer into a segment; null if the vector API takes buffers. This field isn't final, so that the compiler
     * doesn't inline the call: inlined, it would be a large part of many loops, and the compiler accepts only loops up to a
     * limit.
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
     * The memory of a buffer as {@link #LOAD} and {@link #STORE} take it; null for null. Make it once per call of a loop:
     * making it at each access costs up to thirteen times as much.
     */
    static Object of(ByteBuffer bytes) {
        if (segment == null || bytes == null) {
            return bytes;
        }
        // A segment would begin at the buffer's position, but offsets count from the buffer's beginning.
        ByteBuffer fromZero = bytes.position() == 0 ? bytes : bytes.duplicate().position(0);
        try {
            return (Object) segment.invokeExact(fromZero);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    /** The numbers of a buffer, from its beginning, as loops copy them. */
    static FloatBuffer floats(ByteBuffer bytes) {
        ByteBuffer fromZero = bytes.position() == 0
                ? bytes
                : bytes.duplicate().order(bytes.order()).position(0);
        return fromZero.asFloatBuffer();
    }

    /** The methods behind the handles throw no checked exceptions. */
    static RuntimeException unchecked(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return (RuntimeException) e;
    }
}
