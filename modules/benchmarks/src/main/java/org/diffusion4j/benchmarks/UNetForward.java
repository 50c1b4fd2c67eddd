package org.diffusion4j.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.weights.file.PeakMemory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The forward pass of a network; {@link Benchmarks} says which, and by whom. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class UNetForward {
    @Param({})
    private String folder;

    @Param({})
    private String network;

    @Param({})
    private int batch;

    @Param({})
    private String peer;

    @Param({})
    private int threads;

    private Peer running;

    /** Makes the network ready. */
    @Setup
    public void open() {
        UNetConfig config = MeasuredNetwork.valueOf(network).config();
        running = PeerKind.valueOf(peer).open(new NetworkFiles(Path.of(folder)), Inputs.random(config, batch), threads);
    }

    /**
     * One pass.
     *
     * @return the output
     */
    @Benchmark
    public float[] forward() {
        return running.run();
    }

    /**
     * Says how much memory the process took, and frees the network.
     *
     * @throws IOException if the file can't be written
     */
    @TearDown
    public void close() throws IOException {
        new NetworkFiles(Path.of(folder)).writePeak(PeakMemory.megabytes());
        running.close();
    }
}
