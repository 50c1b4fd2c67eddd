package org.diffusion4j.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A hub on the loopback device with one repository, whose files are those of a folder. */
public final class FolderHub implements AutoCloseable {
    /** The only commit. */
    public static final String COMMIT = "89abcdef0123456789abcdef0123456789abcdef";

    private final String repository;
    private final Path folder;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<String> fetched = new CopyOnWriteArrayList<>();

    /**
     * Starts it.
     *
     * @param repository {@code owner/name}
     * @param folder its files
     */
    public FolderHub(String repository, Path folder) {
        this.repository = repository;
        this.folder = folder;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::answer);
        server.setExecutor(threads);
        server.start();
    }

    /** @return its address */
    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** @return the paths of the files that were fetched so far, in order */
    public List<String> fetched() {
        return List.copyOf(fetched);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String file = path.replaceFirst("^/" + repository + "/resolve/[^/]+/", "");
        if (path.matches("/api/models/" + repository + "/revision/[^/]+")) {
            send(exchange, 200, "{\"sha\":\"" + COMMIT + "\"}");
        } else if (path.equals("/api/models/" + repository + "/tree/" + COMMIT)) {
            send(exchange, 200, tree());
        } else if (!file.equals(path) && Files.isRegularFile(folder.resolve(file))) {
            exchange.getResponseHeaders().set("X-Repo-Commit", COMMIT);
            exchange.getResponseHeaders().set("ETag", "\"" + sha1(folder.resolve(file)) + "\"");
            if (exchange.getRequestMethod().equals("GET")) {
                fetched.add(file);
            }
            send(exchange, 200, Files.readAllBytes(folder.resolve(file)));
        } else {
            exchange.getResponseHeaders().set("X-Error-Code", file.equals(path) ? "RepoNotFound" : "EntryNotFound");
            send(exchange, 404, "");
        }
    }

    private String tree() throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.filter(Files::isRegularFile)
                    .sorted()
                    .map(file -> "{\"type\":\"file\",\"path\":\""
                            + folder.relativize(file).toString().replace('\\', '/') + "\",\"size\":" + size(file)
                            + ",\"oid\":\"" + sha1(file) + "\"}")
                    .collect(Collectors.joining(",", "[", "]"));
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String sha1(Path file) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-1");
            digest.update(("blob " + Files.size(file) + "\0").getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(digest.digest(Files.readAllBytes(file)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void send(HttpExchange exchange, int status, String text) throws IOException {
        send(exchange, status, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        try (exchange) {
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.getResponseHeaders().set("Content-Length", String.valueOf(body.length));
                exchange.sendResponseHeaders(status, -1);
            } else {
                exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
                exchange.getResponseBody().write(body);
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
