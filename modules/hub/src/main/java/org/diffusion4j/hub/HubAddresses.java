package org.diffusion4j.hub;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/**
 * The hub's addresses, and which of them may see the token.
 *
 * @param endpoint the hub's address without a slash at its end
 */
record HubAddresses(URI endpoint) {
    /** The public hub's names, which count as one host. */
    private static final Set<String> HUB_HOSTS = Set.of("huggingface.co", "hf.co");

    private static final String UNRESERVED = "-_.~";

    /** What may stand in an address beside letters and digits. */
    private static final String LEGAL = "-._~:/?#[]@!$&'()*+,;=%";

    URI file(String repository, String revision, String file) {
        return URI.create(endpoint + "/" + repository + "/resolve/" + escaped(revision, "") + "/" + escaped(file, "/"));
    }

    URI revision(String repository, String revision) {
        return URI.create(endpoint + "/api/models/" + repository + "/revision/" + escaped(revision, ""));
    }

    URI tree(String repository, String commit) {
        return URI.create(endpoint + "/api/models/" + repository + "/tree/" + commit + "?recursive=true&expand=false");
    }

    /** Whether an address is the hub's own: only there goes the token, and only with the endpoint's encryption. The port doesn't count. */
    boolean isHub(URI address) {
        String host = address.getHost().toLowerCase(Locale.ROOT);
        return !isUnprotected(address)
                && (host.equals(endpoint.getHost().toLowerCase(Locale.ROOT)) || HUB_HOSTS.contains(host));
    }

    /** Whether an address would be read without encryption, although the hub is read with it. */
    boolean isUnprotected(URI address) {
        return endpoint.getScheme().equals("https") && !address.getScheme().equals("https");
    }

    /**
     * Where a server points to.
     *
     * @param location what it said, relative to {@code from}; characters that an address can't have are escaped
     * @throws IllegalArgumentException if it isn't an address of the web
     */
    static URI target(URI from, String location) {
        StringBuilder legal = new StringBuilder();
        for (byte b : location.getBytes(StandardCharsets.UTF_8)) {
            append(legal, b, LEGAL);
        }
        URI target = from.resolve(URI.create(legal.toString()));
        String scheme = String.valueOf(target.getScheme());
        if (target.getHost() == null || !(scheme.equals("https") || scheme.equals("http"))) {
            throw new IllegalArgumentException("not an address of the web: " + target);
        }
        return target;
    }

    /** Escapes all but letters, digits, {@code -_.~} and the given characters. */
    private static String escaped(String text, String kept) {
        StringBuilder escaped = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            append(escaped, b, UNRESERVED + kept);
        }
        return escaped.toString();
    }

    private static void append(StringBuilder to, byte b, String kept) {
        char c = (char) (b & 0xff);
        boolean plain = c < 0x80 && (Character.isLetterOrDigit(c) || kept.indexOf(c) >= 0);
        to.append(plain ? String.valueOf(c) : String.format(Locale.ROOT, "%%%02X", (int) c));
    }
}
