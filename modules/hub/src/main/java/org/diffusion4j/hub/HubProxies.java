package org.diffusion4j.hub;

import java.io.IOException;
import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.diffusion4j.Diffusion4jException;

/**
 * The proxies that environment variables name, as Python's libraries and most programs read them. Java's own system properties, such
 * as {@code https.proxyHost}, come before them.
 *
 * @param http for addresses without encryption: {@code HTTP_PROXY}, or {@code ALL_PROXY}
 * @param https for encrypted ones: {@code HTTPS_PROXY}, or {@code ALL_PROXY}
 * @param exceptions hosts that are asked directly: {@code NO_PROXY}, such as {@code example.org}, which stands for all below it, {@code
 *     example.org:8080} or {@code *} for all
 */
public record HubProxies(Optional<URI> http, Optional<URI> https, List<String> exceptions) {
    /** No variable names a proxy: Java's own settings decide. */
    public static final HubProxies NONE = new HubProxies(Optional.empty(), Optional.empty(), List.of());

    /** Copies the list. */
    public HubProxies {
        exceptions = List.copyOf(exceptions);
    }

    /** Reads variables, of which those in small letters come first. */
    static HubProxies of(Map<String, String> variables) {
        Optional<URI> all = proxy(variables, "ALL_PROXY");
        List<String> exceptions = text(variables, "NO_PROXY").stream()
                .flatMap(value -> Arrays.stream(value.split("[,\\s]+")))
                .filter(host -> !host.isEmpty())
                .map(host -> host.toLowerCase(Locale.ROOT))
                .toList();
        return new HubProxies(
                proxy(variables, "HTTP_PROXY").or(() -> all),
                proxy(variables, "HTTPS_PROXY").or(() -> all),
                exceptions);
    }

    private static Optional<String> text(Map<String, String> variables, String name) {
        return Optional.ofNullable(variables.get(name.toLowerCase(Locale.ROOT)))
                .or(() -> Optional.ofNullable(variables.get(name)))
                .map(String::strip)
                .filter(value -> !value.isEmpty());
    }

    private static Optional<URI> proxy(Map<String, String> variables, String name) {
        return text(variables, name).map(value -> {
            try {
                URI proxy = URI.create(value.contains("://") ? value : "http://" + value);
                if (proxy.getHost() != null && proxy.getScheme().equalsIgnoreCase("http")) {
                    return proxy;
                }
            } catch (IllegalArgumentException e) {
                throw notAProxy(name, e);
            }
            throw notAProxy(name, null);
        });
    }

    /** The value isn't shown, as it may hold a password. */
    private static Diffusion4jException notAProxy(String name, Exception cause) {
        return new Diffusion4jException(
                name + ": expected a proxy such as http://proxy.example.org:3128, found another address", cause);
    }

    /** Whether any proxy is named. */
    boolean isEmpty() {
        return http.isEmpty() && https.isEmpty();
    }

    /**
     * The proxy for an address.
     *
     * @return empty for none
     */
    Optional<URI> of(URI address) {
        Optional<URI> proxy = isHttps(address) ? https : http;
        return proxy.filter(any -> exceptions.stream().noneMatch(each -> excepts(each, address)));
    }

    private static boolean isHttps(URI address) {
        return address.getScheme().equalsIgnoreCase("https");
    }

    private static boolean excepts(String exception, URI address) {
        if (exception.equals("*")) {
            return true;
        }
        String host = address.getHost().toLowerCase(Locale.ROOT);
        int port = port(address, isHttps(address) ? 443 : 80);
        String name = exception;
        if (exception.matches(".*[^:]:\\d{1,5}")) {
            int colon = exception.lastIndexOf(':');
            if (Integer.parseInt(exception.substring(colon + 1)) != port) {
                return false;
            }
            name = exception.substring(0, colon);
        }
        name = name.replaceFirst("^\\*?\\.", "");
        return host.equals(name) || host.endsWith("." + name);
    }

    private static int port(URI address, int usual) {
        return address.getPort() < 0 ? usual : address.getPort();
    }

    /** What Java's client asks for each address. */
    ProxySelector selector() {
        return new Selector(this, ProxySelector.getDefault());
    }

    /** What gives a proxy the name and the password that stand in its address; empty if there are none. */
    Optional<Authenticator> authenticator() {
        boolean any = https.or(() -> http).map(URI::getRawUserInfo).isPresent()
                || http.map(URI::getRawUserInfo).isPresent();
        return any ? Optional.of(new Passwords(this)) : Optional.empty();
    }

    /** Java's own settings first, then the variables. */
    private static final class Selector extends ProxySelector {
        private final HubProxies proxies;
        private final ProxySelector java;

        Selector(HubProxies proxies, ProxySelector java) {
            this.proxies = proxies;
            this.java = java;
        }

        private static boolean isSetInJava(URI address) {
            String scheme = isHttps(address) ? "https" : "http";
            return System.getProperty(scheme + ".proxyHost") != null
                    || System.getProperty("socksProxyHost") != null
                    || Boolean.getBoolean("java.net.useSystemProxies");
        }

        @Override
        public List<Proxy> select(URI address) {
            if (java != null && isSetInJava(address)) {
                return java.select(address);
            }
            return List.of(proxies.of(address)
                    .map(proxy -> new Proxy(
                            Proxy.Type.HTTP, InetSocketAddress.createUnresolved(proxy.getHost(), port(proxy, 80))))
                    .orElse(Proxy.NO_PROXY));
        }

        @Override
        public void connectFailed(URI address, SocketAddress proxy, IOException failure) {
            // The client throws the failure.
        }
    }

    private static final class Passwords extends Authenticator {
        private final HubProxies proxies;

        Passwords(HubProxies proxies) {
            this.proxies = proxies;
        }

        @Override
        protected PasswordAuthentication getPasswordAuthentication() {
            if (getRequestorType() != RequestorType.PROXY) {
                return null;
            }
            for (Optional<URI> each : List.of(proxies.https, proxies.http)) {
                String user = each.map(URI::getRawUserInfo).orElse(null);
                if (user != null && each.get().getHost().equalsIgnoreCase(getRequestingHost())) {
                    String[] parts = user.split(":", 2);
                    return new PasswordAuthentication(
                            decoded(parts[0]), (parts.length > 1 ? decoded(parts[1]) : "").toCharArray());
                }
            }
            return null;
        }

        private static String decoded(String text) {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        }
    }
}
