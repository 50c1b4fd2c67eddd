package org.diffusion4j.benchmarks;

import org.diffusion4j.engine.OneDnnEngine;
import org.diffusion4j.engine.SameDiffEngine;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.nd4j.autodiff.samediff.SameDiff;

/** Who runs a network. */
enum PeerKind {
    /** This project's engine. */
    ONEDNN("OneDnnEngine"),
    /** What ND4J has. */
    SAMEDIFF("SameDiffEngine"),
    /** Microsoft's runtime, by its Java API. */
    ONNX_RUNTIME("ONNX Runtime"),
    /** PyTorch's library, by DJL, with channels first. */
    LIBTORCH_NCHW("libtorch"),
    /** The same with channels last. */
    LIBTORCH_NHWC("libtorch, channels last");

    private final String title;

    PeerKind(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    /** Whether it is what this project is measured against. */
    boolean isRival() {
        return this != ONEDNN && this != SAMEDIFF;
    }

    /** Whether it can be run, which libtorch can where its natives are. */
    boolean isThere() {
        return switch (this) {
            case LIBTORCH_NCHW, LIBTORCH_NHWC -> LibtorchPeer.isThere();
            case ONEDNN, SAMEDIFF, ONNX_RUNTIME -> true;
        };
    }

    /**
     * Makes the network ready to run.
     *
     * @param files of the same network
     */
    Peer open(NetworkFiles files, Inputs inputs, int threads) {
        return switch (this) {
            case ONEDNN -> new EnginePeer(new OneDnnEngine(graph(files), threads), inputs);
            case SAMEDIFF -> new EnginePeer(new SameDiffEngine(graph(files), threads), inputs);
            case ONNX_RUNTIME -> new OnnxRuntimePeer(files.onnx(), inputs, threads);
            case LIBTORCH_NCHW -> new LibtorchPeer(files.torchScript(false), inputs, threads);
            case LIBTORCH_NHWC -> new LibtorchPeer(files.torchScript(true), inputs, threads);
        };
    }

    private static SameDiff graph(NetworkFiles files) {
        DiffusersModel read = DiffusersFolder.read(files.diffusers());
        return UNetGraph.of(read.config()).sharedWeights(read.tensors()).build();
    }
}
