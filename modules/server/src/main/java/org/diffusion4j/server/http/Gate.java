package org.diffusion4j.server.http;

import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Who may ask what. A page of another origin may not, unless its origin is allowed: neither by its own address, nor by a name that it lets
 * lead to this machine (DNS rebinding), for which the {@code Host} header is looked at where the server listens to this machine alone.
 */
public final class Gate {
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

    private final Keys keys;
    private final Set<String> origins;
    /** The names by which a server may be called; empty for any. */
    private final Set<String> hosts;
    /** Paths that need no key: they tell nothing but what every server has. */
    private final Set<String> openPaths;

    /**
     * Makes a gate.
     *
     * @param keys who may ask
     * @param origins the origins whose pages may ask, such as {@code https://draw.example.org}
     * @param loopback whether the server listens to this machine alone
     * @param openPaths the paths that need no key
     */
    public Gate(Keys keys, Set<String> origins, boolean loopback, Set<String> openPaths) {
        this.keys = keys;
        this.origins = Set.copyOf(origins);
        this.hosts = loopback ? LOOPBACK : Set.of();
        this.openPaths = Set.copyOf(openPaths);
    }

    /**
     * Looks at a request.
     *
     * @param call the request
     * @return the whole answer to a browser's question whether a page may ask; null if the request may go on
     * @throws Fault if it may not
     */
    public Answer.Whole check(Call call) {
        String host = call.headers().get("Host");
        if (!hosts.isEmpty() && !hosts.contains(withoutPort(host))) {
            throw new Fault(
                    403,
                    "Host: expected localhost or 127.0.0.1, as the server is for this machine alone, found another name");
        }
        String origin = call.headers().get("Origin");
        if (origin != null && !origins.contains(origin) && !isSame(origin, host)) {
            throw new Fault(403, "Origin: expected the server's own page, found one of another origin");
        }
        if (call.method().equals("OPTIONS") && origin != null && origins.contains(origin)) {
            return Answer.empty()
                    .with("Access-Control-Allow-Methods", "GET, POST, DELETE")
                    .with("Access-Control-Allow-Headers", "Authorization, Content-Type, X-API-Key")
                    .with("Access-Control-Max-Age", "600");
        }
        if (!openPaths.contains(call.path()) && !keys.allow(call.headers())) {
            throw new Fault(401, "key: expected one that the server knows, found none or another")
                    .with("WWW-Authenticate", "Bearer");
        }
        return null;
    }

    /**
     * The headers that let a page of another origin read an answer.
     *
     * @param call the request
     * @return none unless the page's origin is allowed
     */
    public Map<String, String> headers(Call call) {
        String origin = call.headers().get("Origin");
        return origin != null && origins.contains(origin)
                ? Map.of("Access-Control-Allow-Origin", origin, "Vary", "Origin")
                : Map.of();
    }

    private static String withoutPort(String host) {
        return host == null ? "" : host.toLowerCase(Locale.ROOT).replaceFirst(":\\d*$", "");
    }

    private static boolean isSame(String origin, String host) {
        try {
            return host != null && host.equalsIgnoreCase(URI.create(origin).getRawAuthority());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
