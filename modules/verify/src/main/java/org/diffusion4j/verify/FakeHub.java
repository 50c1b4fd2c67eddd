package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A hub on the loopback device that answers from a table: an ordered list of rules, of which the first that fits answers. A
 * second host stands for the servers that have the large files, which must never see the token.
 */
final class FakeHub implements AutoCloseable {
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d{1,9})-(\\d{0,9})");

    static {
        // Java's server writes heads and bodies apart; without this, each answer would wait 40 ms in between.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    /**
     * What was asked.
     *
     * @param leaked whether a token came to the second host
     */
    record Request(String host, String method, String path, boolean leaked) {}

    private final JsonNode rules;
    private final Map<String, byte[]> files = new HashMap<>();
    private final IdentityHashMap<JsonNode, Integer> used = new IdentityHashMap<>();
    private final List<Request> requests = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer hub;
    private final HttpServer second;

    /** @param table {@code files} by name, and {@code rules} */
    FakeHub(JsonNode table) throws IOException {
        rules = table.path("rules");
        table.path("files").properties().forEach(file -> files.put(file.getKey(), bytes(file.getValue())));
        hub = start("hub");
        second = start("cdn");
    }

    private static byte[] bytes(JsonNode file) {
        if (file.has("base64")) {
            return Base64.getDecoder().decode(file.path("base64").asText());
        }
        byte[] part = Base64.getDecoder().decode(file.path("repeat").path(0).asText());
        byte[] all = new byte
                [Math.multiplyExact(part.length, file.path("repeat").path(1).asInt())];
        for (int i = 0; i < all.length; i++) {
            all[i] = part[i % part.length];
        }
        return all;
    }

    private HttpServer start(String host) throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), 0);
        server.createContext("/", exchange -> answer(host, exchange));
        server.setExecutor(threads);
        server.start();
        return server;
    }

    /** Its address; the second host has another name, not only another port. */
    URI endpoint() {
        return URI.create("http://127.0.0.1:" + hub.getAddress().getPort());
    }

    private String secondAddress() {
        return "http://localhost:" + second.getAddress().getPort();
    }

    /** Forgets how often rules have answered, and what was asked. */
    synchronized void reset() {
        used.clear();
        requests.clear();
    }

    /** What was asked since the last time. */
    synchronized List<Request> takeRequests() {
        List<Request> taken = List.copyOf(requests);
        requests.clear();
        return taken;
    }

    private void answer(String host, HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getRawPath();
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        boolean leaks = host.equals("cdn") && authorization != null;
        JsonNode rule;
        synchronized (this) {
            requests.add(new Request(host, exchange.getRequestMethod(), path, leaks));
            rule = leaks ? null : find(host, exchange, path, authorization);
        }
        if (leaks) {
            send(exchange, 400, "the token must not come here".getBytes(StandardCharsets.UTF_8), -1);
        } else if (rule == null) {
            String code = path.contains("/resolve/") ? "EntryNotFound" : "RepoNotFound";
            exchange.getResponseHeaders().set("X-Error-Code", code);
            exchange.getResponseHeaders().set("X-Error-Message", code);
            send(exchange, 404, code.getBytes(StandardCharsets.UTF_8), -1);
        } else {
            follow(rule, exchange);
        }
    }

    private JsonNode find(String host, HttpExchange exchange, String path, String authorization) {
        String token = authorization == null ? "" : authorization.replaceFirst("^Bearer ", "");
        Map<String, String> query = query(exchange.getRequestURI());
        for (JsonNode rule : rules) {
            String method = rule.path("method").asText("*");
            boolean fits = rule.path("host").asText("hub").equals(host)
                    && (method.equals("*") || method.equals(exchange.getRequestMethod()))
                    && rule.path("path").asText().equals(path)
                    && rule.path("query").properties().stream()
                            .allMatch(one -> one.getValue().asText().equals(query.get(one.getKey())))
                    && fits(rule.path("token"), token)
                    && used.getOrDefault(rule, 0) < rule.path("times").asInt(Integer.MAX_VALUE);
            if (fits) {
                used.merge(rule, 1, Integer::sum);
                return rule;
            }
        }
        return null;
    }

    private static boolean fits(JsonNode wanted, String token) {
        if (wanted.isBoolean()) {
            return wanted.booleanValue() != token.isEmpty();
        }
        return !wanted.isTextual() || wanted.textValue().equals(token);
    }

    private static Map<String, String> query(URI address) {
        Map<String, String> query = new HashMap<>();
        if (address.getRawQuery() != null) {
            for (String pair : address.getRawQuery().split("&")) {
                String[] sides = pair.split("=", 2);
                query.put(
                        URLDecoder.decode(sides[0], StandardCharsets.UTF_8),
                        sides.length == 1 ? "" : URLDecoder.decode(sides[1], StandardCharsets.UTF_8));
            }
        }
        return query;
    }

    private void follow(JsonNode rule, HttpExchange exchange) throws IOException {
        rule.path("headers").properties().forEach(header -> exchange.getResponseHeaders()
                .set(header.getKey(), filled(header.getValue().asText())));
        byte[] body = body(rule.path("body"));
        int status = rule.path("status").asInt();
        String range = exchange.getRequestHeaders().getFirst("Range");
        Matcher part = RANGE.matcher(String.valueOf(range));
        if (rule.path("range").asBoolean() && part.matches()) {
            int from = Integer.parseInt(part.group(1));
            int end =
                    part.group(2).isEmpty() ? body.length : Math.min(body.length, Integer.parseInt(part.group(2)) + 1);
            boolean isThere = from < body.length;
            status = isThere ? 206 : 416;
            exchange.getResponseHeaders()
                    .set(
                            "Content-Range",
                            isThere ? "bytes " + from + "-" + (end - 1) + "/" + body.length : "bytes */" + body.length);
            body = isThere ? Arrays.copyOfRange(body, from, end) : new byte[0];
        }
        send(exchange, status, body, rule.path("cut").asInt(-1));
    }

    private byte[] body(JsonNode body) {
        if (body.has("file")) {
            return files.get(body.path("file").asText());
        }
        String text = body.has("json")
                ? filled(body.path("json").toString())
                : body.path("text").asText();
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private String filled(String text) {
        return text.replace("${endpoint}", endpoint().toString()).replace("${cdn}", secondAddress());
    }

    /** @param cut after how many bytes the connection is closed; negative for never */
    private static void send(HttpExchange exchange, int status, byte[] body, int cut) throws IOException {
        boolean hasLength = exchange.getResponseHeaders().containsKey("Content-Length");
        if (exchange.getRequestMethod().equals("HEAD")) {
            if (!hasLength) {
                exchange.getResponseHeaders().set("Content-Length", String.valueOf(body.length));
            }
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
            return;
        }
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            if (body.length > 0) {
                out.write(body, 0, cut < 0 ? body.length : Math.min(cut, body.length));
            }
        } finally {
            exchange.close();
        }
    }

    @Override
    public void close() {
        hub.stop(0);
        second.stop(0);
        threads.shutdownNow();
    }
}
