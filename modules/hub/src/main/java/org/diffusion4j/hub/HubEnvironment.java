package org.diffusion4j.hub;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.diffusion4j.Diffusion4jException;

/**
 * The environment variables of Python's huggingface_hub, and those of proxies. An empty one is as good as none.
 *
 * @param variables by name
 * @param home the user's folder, which {@code ~} stands for
 */
record HubEnvironment(Map<String, String> variables, Path home) {
    private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");

    private static final Pattern VARIABLE = Pattern.compile("\\$(?:\\{(\\w+)}|(\\w+))");

    /** A file that is longer isn't one of a token. */
    private static final long MOST_TOKEN_BYTES = 4096;

    HubSettings settings() {
        return new HubSettings(
                cache(),
                endpoint(),
                token(),
                isTrue(text("HF_HUB_OFFLINE").or(() -> text("TRANSFORMERS_OFFLINE"))),
                !isTrue(text("HF_HUB_DISABLE_SYMLINKS")),
                seconds("HF_HUB_ETAG_TIMEOUT"),
                seconds("HF_HUB_DOWNLOAD_TIMEOUT"),
                Patience.USUAL,
                HubProxies.of(variables));
    }

    private Path cache() {
        return path("HF_HUB_CACHE").or(() -> path("HUGGINGFACE_HUB_CACHE")).orElseGet(() -> hubHome()
                .resolve("hub"));
    }

    private Path hubHome() {
        return path("HF_HOME").orElseGet(() -> path("XDG_CACHE_HOME")
                .orElseGet(() -> home.resolve(".cache"))
                .resolve("huggingface"));
    }

    private URI endpoint() {
        String address = text("HF_ENDPOINT").orElse("https://huggingface.co").replaceAll("/+$", "");
        try {
            URI endpoint = URI.create(address);
            if (endpoint.getScheme() != null) {
                return endpoint;
            }
        } catch (IllegalArgumentException e) {
            throw notAnAddress(address, e);
        }
        throw notAnAddress(address, null);
    }

    private static Diffusion4jException notAnAddress(String address, Exception cause) {
        return new Diffusion4jException(
                "HF_ENDPOINT: expected an address such as https://huggingface.co, found '" + address + "'", cause);
    }

    private Optional<HubToken> token() {
        if (isTrue(text("HF_HUB_DISABLE_IMPLICIT_TOKEN"))) {
            return Optional.empty();
        }
        return text("HF_TOKEN")
                .or(() -> text("HUGGING_FACE_HUB_TOKEN"))
                .or(() -> tokenFile(
                        path("HF_TOKEN_PATH").orElseGet(() -> hubHome().resolve("token"))))
                .map(String::strip)
                .filter(value -> !value.isEmpty())
                .map(HubToken::new);
    }

    private static Optional<String> tokenFile(Path file) {
        try {
            if (!Files.isRegularFile(file)) {
                return Optional.empty();
            }
            if (Files.size(file) > MOST_TOKEN_BYTES) {
                throw new Diffusion4jException(file + ": expected the hub's token, found a longer file");
            }
            return Optional.of(Files.readString(file));
        } catch (IOException e) {
            throw new Diffusion4jException(
                    file + ": expected to read the hub's token, found "
                            + e.getClass().getSimpleName(),
                    e);
        }
    }

    private Duration seconds(String name) {
        String value = text(name).orElse("10");
        try {
            int seconds = Integer.parseInt(value.strip());
            return Duration.ofSeconds(seconds > 0 ? seconds : 10);
        } catch (NumberFormatException e) {
            throw new Diffusion4jException(name + ": expected whole seconds, found '" + value + "'", e);
        }
    }

    private Optional<Path> path(String name) {
        return text(name).map(value -> {
            try {
                String expanded = expanded(value);
                return expanded.equals("~") || expanded.startsWith("~/")
                        ? home.resolve(expanded.substring(Math.min(2, expanded.length())))
                        : Path.of(expanded);
            } catch (InvalidPathException e) {
                throw new Diffusion4jException(name + ": expected a path, found '" + value + "'", e);
            }
        });
    }

    /** With variables filled in, as in {@code $HOME/models}; one that isn't set stays as it is. */
    private String expanded(String value) {
        return VARIABLE.matcher(value).replaceAll(found -> {
            String name = found.group(1) == null ? found.group(2) : found.group(1);
            return Matcher.quoteReplacement(text(name).orElse(found.group()));
        });
    }

    private Optional<String> text(String name) {
        return Optional.ofNullable(variables.get(name)).filter(value -> !value.isEmpty());
    }

    private static boolean isTrue(Optional<String> value) {
        return value.map(text -> TRUE.contains(text.toUpperCase(Locale.ROOT))).orElse(false);
    }
}
