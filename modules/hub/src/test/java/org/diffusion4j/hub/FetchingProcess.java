package org.diffusion4j.hub;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** A program that fetches one file: the first argument is the hub, the second the cache. */
final class FetchingProcess {
    private FetchingProcess() {}

    public static void main(String[] arguments) {
        HubSettings settings = new HubSettings(
                Path.of(arguments[1]),
                URI.create(arguments[0]),
                Optional.empty(),
                false,
                true,
                Duration.ofSeconds(60),
                Duration.ofSeconds(60),
                Patience.USUAL);
        HubClient.of(settings).file(ServedFile.REPOSITORY, "main", ServedFile.NAME);
    }
}
