package org.diffusion4j.hub;

import static org.diffusion4j.Requirement.requireGiven;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Where the hub and its cache are, and how they are used.
 *
 * @param cache the folder in which Python's libraries keep what they fetched
 * @param endpoint the hub's address without a slash at its end
 * @param token what opens private and gated models
 * @param offline whether nothing may be fetched
 * @param symbolicLinks whether to try symbolic links in the cache; without them a file lies among those of its revision
 * @param answerTimeout how long to wait for a connection, and for an answer to begin
 * @param stallTimeout how long to wait for the next byte of a file
 * @param patience how often to try again
 * @param proxies the proxies that environment variables name
 */
@RecordBuilder
public record HubSettings(
        Path cache,
        URI endpoint,
        Optional<HubToken> token,
        boolean offline,
        boolean symbolicLinks,
        Duration answerTimeout,
        Duration stallTimeout,
        Patience patience,
        HubProxies proxies) {
    /** @throws org.diffusion4j.Diffusion4jException if the endpoint isn't an address of the web */
    public HubSettings {
        cache = cache.toAbsolutePath().normalize();
        requireGiven(
                endpoint.getHost() != null
                        && (endpoint.getScheme().equals("https")
                                || endpoint.getScheme().equals("http"))
                        && !endpoint.toString().endsWith("/"),
                "the hub's address (HF_ENDPOINT)",
                "https://HOST without a slash at its end",
                "'" + endpoint + "'");
    }

    /**
     * Settings without a proxy but that of Java's system properties.
     *
     * @param cache as above
     * @param endpoint as above
     * @param token as above
     * @param offline as above
     * @param symbolicLinks as above
     * @param answerTimeout as above
     * @param stallTimeout as above
     * @param patience as above
     * @throws org.diffusion4j.Diffusion4jException as above
     */
    public HubSettings(
            Path cache,
            URI endpoint,
            Optional<HubToken> token,
            boolean offline,
            boolean symbolicLinks,
            Duration answerTimeout,
            Duration stallTimeout,
            Patience patience) {
        this(cache, endpoint, token, offline, symbolicLinks, answerTimeout, stallTimeout, patience, HubProxies.NONE);
    }

    /**
     * What the environment says, in the variables that Python's libraries read: {@code HF_HUB_CACHE}, {@code
     * HUGGINGFACE_HUB_CACHE}, {@code HF_HOME}, {@code XDG_CACHE_HOME}, {@code HF_ENDPOINT}, {@code HF_TOKEN}, {@code
     * HUGGING_FACE_HUB_TOKEN}, {@code HF_TOKEN_PATH}, {@code HF_HUB_DISABLE_IMPLICIT_TOKEN}, {@code HF_HUB_OFFLINE}, {@code
     * TRANSFORMERS_OFFLINE}, {@code HF_HUB_DISABLE_SYMLINKS}, {@code HF_HUB_ETAG_TIMEOUT} and {@code
     * HF_HUB_DOWNLOAD_TIMEOUT}. One of Java's system properties of the same name comes before a variable. The proxy is that of
     * Java's own properties, such as {@code https.proxyHost}, and otherwise of the variables {@code HTTPS_PROXY}, {@code
     * HTTP_PROXY}, {@code ALL_PROXY} and {@code NO_PROXY}.
     *
     * @return the settings
     * @throws org.diffusion4j.Diffusion4jException if a variable can't be what it says
     */
    public static HubSettings ofEnvironment() {
        Map<String, String> variables = new HashMap<>(System.getenv());
        for (String name : System.getProperties().stringPropertyNames()) {
            if (name.matches("(HF|HUGGING_?FACE|TRANSFORMERS|XDG)_\\w+")) {
                variables.put(name, System.getProperty(name));
            }
        }
        return new HubEnvironment(variables, Path.of(System.getProperty("user.home"))).settings();
    }

    /**
     * A builder that starts from these.
     *
     * @return a new builder
     */
    public HubSettingsBuilder toBuilder() {
        return HubSettingsBuilder.builder(this);
    }
}
