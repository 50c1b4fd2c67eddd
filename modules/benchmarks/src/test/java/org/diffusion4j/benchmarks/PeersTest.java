package org.diffusion4j.benchmarks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetPreset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PeersTest {
    private static final UNetConfig TINY = UNetPreset.TINY.config();

    @TempDir
    private static Path folder;

    @BeforeAll
    static void writeFiles() {
        new NetworkFiles(folder).write(TINY, List.of(PeerKind.values()));
    }

    private static float[] output(PeerKind kind) {
        try (Peer peer = kind.open(new NetworkFiles(folder), Inputs.random(TINY, 2), 1)) {
            return peer.run();
        }
    }

    /** Whether its configuration is one that each of the others can be given. */
    @ParameterizedTest
    @EnumSource
    void eachNetworkIsThereForAll(MeasuredNetwork network) {
        assertTrue(TorchScriptCode.of(network.config(), 0).contains("return"));
        assertTrue(network.batches().contains(1));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SAMEDIFF") // what they are held against
    void computesWhatTheOthersDo(PeerKind kind) {
        assumeTrue(kind.isThere(), kind + " is not there; libtorch comes with -Plibtorch");
        assertArrayEquals(output(PeerKind.SAMEDIFF), output(kind), 1e-4f);
    }
}
