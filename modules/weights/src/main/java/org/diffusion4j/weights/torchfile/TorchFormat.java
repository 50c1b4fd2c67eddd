package org.diffusion4j.weights.torchfile;

/** How torch.save lays a file out. */
public enum TorchFormat {
    /** A zip archive, since PyTorch 1.6. */
    ZIP,
    /** Five pickles and the storages behind them, before. */
    LEGACY
}
