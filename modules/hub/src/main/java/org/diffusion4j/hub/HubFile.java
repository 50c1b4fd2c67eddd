package org.diffusion4j.hub;

import java.util.Optional;

/**
 * A file of a repository.
 *
 * @param name its path in the repository, such as {@code unet/config.json}
 * @param size how many bytes it has
 * @param gitSum git's SHA-1 of it, or of what stands for it in git; empty if it isn't known
 * @param sha256 the SHA-256 of a large file; empty for a small one
 * @param xetSum its name in the hub's storage; empty if it has none
 */
public record HubFile(
        String name, long size, Optional<String> gitSum, Optional<String> sha256, Optional<String> xetSum) {}
