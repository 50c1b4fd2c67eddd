package org.diffusion4j.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Chromium or one of its kind, without a window, which is told what to do by its DevTools protocol. */
final class Browser implements AutoCloseable {
    private static final List<String> NAMES =
            List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge");

    private final Process process;
    private final WebSocket socket;
    private final Map<Integer, CompletableFuture<JsonNode>> calls = new ConcurrentHashMap<>();
    private final List<String> faults = Collections.synchronizedList(new ArrayList<>());
    private int number;

    private Browser(Process process, URI page) {
        this.process = process;
        this.socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(page, new Listener())
                .join();
    }

    /** What {@code -Ddiffusion4j.browser} names, or else the first on the path. */
    static Optional<Path> find() {
        String named = System.getProperty("diffusion4j.browser");
        if (named != null) {
            return named.isEmpty() ? Optional.empty() : Optional.of(Path.of(named));
        }
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return NAMES.stream()
                .flatMap(name -> Arrays.stream(path.split(File.pathSeparator))
                        .flatMap(folder -> List.of(Path.of(folder, name), Path.of(folder, name + ".exe")).stream()))
                .filter(Files::isExecutable)
                .findFirst();
    }

    static Browser start(Path program, Path folder) throws IOException, InterruptedException {
        Path profile = Files.createTempDirectory(Files.createDirectories(folder.toAbsolutePath()), "profile");
        Process process = new ProcessBuilder(
                        program.toString(),
                        "--headless",
                        "--no-sandbox", // as root, in containers, it starts with none only
                        "--disable-gpu",
                        "--no-first-run",
                        "--hide-scrollbars",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        Path port = profile.resolve("DevToolsActivePort");
        for (int i = 0; i < 600 && (!Files.exists(port) || Files.size(port) == 0); i++) {
            Thread.sleep(50);
        }
        String number = Files.readAllLines(port).get(0);
        for (int i = 0; i < 100; i++) {
            JsonNode pages = Client.JSON.readTree(HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + number + "/json"))
                                    .build(),
                            BodyHandlers.ofByteArray())
                    .body());
            for (JsonNode page : pages) {
                if (page.path("type").asText().equals("page")) {
                    Browser browser = new Browser(
                            process,
                            URI.create(page.path("webSocketDebuggerUrl").asText()));
                    browser.call("Runtime.enable");
                    browser.call("Log.enable");
                    browser.call("Page.enable");
                    return browser;
                }
            }
            Thread.sleep(50);
        }
        throw new IOException("the browser has no page");
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                heard(text.toString());
                text.setLength(0);
            }
            from.request(1);
            return null;
        }
    }

    private void heard(String text) {
        try {
            JsonNode message = Client.JSON.readTree(text);
            if (message.has("id")) {
                calls.remove(message.path("id").asInt()).complete(message);
            }
            String method = message.path("method").asText();
            if (method.equals("Runtime.exceptionThrown")
                    || (method.equals("Log.entryAdded")
                            && message.path("params")
                                    .path("entry")
                                    .path("level")
                                    .asText()
                                    .equals("error"))) {
                faults.add(message.path("params").toString());
            }
        } catch (IOException e) {
            faults.add(e.toString());
        }
    }

    /** What went wrong in the page so far. */
    List<String> faults() {
        return List.copyOf(faults);
    }

    void forgetFaults() {
        faults.clear();
    }

    JsonNode call(String method, Object... parameters) {
        ObjectNode message = Client.JSON.createObjectNode();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        synchronized (this) {
            number++;
            message.put("id", number).put("method", method);
            ObjectNode values = message.putObject("params");
            for (int i = 0; i < parameters.length; i += 2) {
                values.set((String) parameters[i], Client.JSON.valueToTree(parameters[i + 1]));
            }
            calls.put(number, answer);
            socket.sendText(message.toString(), true).join();
        }
        JsonNode got = answer.orTimeout(60, TimeUnit.SECONDS).join();
        if (got.has("error")) {
            throw new IllegalStateException(method + ": " + got.path("error"));
        }
        return got.path("result");
    }

    /** The value of an expression, for which it waits if it is a promise. */
    JsonNode evaluate(String expression) {
        JsonNode result =
                call("Runtime.evaluate", "expression", expression, "awaitPromise", true, "returnByValue", true);
        if (result.has("exceptionDetails")) {
            throw new IllegalStateException(expression + ": " + result.path("exceptionDetails"));
        }
        return result.path("result").path("value");
    }

    void open(URI address) throws InterruptedException {
        call("Page.navigate", "url", address.toString());
        until("document.readyState === 'complete' && document.body.dataset.ready === 'true'");
    }

    /** Waits until an expression is true. */
    void until(String expression) throws InterruptedException {
        for (int i = 0; i < 1200; i++) {
            if (evaluate("Boolean(" + expression + ")").asBoolean()) {
                return;
            }
            Thread.sleep(25);
        }
        throw new AssertionError(expression + " doesn't become true; the page says: "
                + evaluate("document.body.innerText").asText() + faults());
    }

    void size(int width, int height, boolean phone) {
        call(
                "Emulation.setDeviceMetricsOverride",
                "width",
                width,
                "height",
                height,
                "deviceScaleFactor",
                1,
                "mobile",
                phone);
    }

    void dark(boolean dark) {
        call(
                "Emulation.setEmulatedMedia",
                "features",
                List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light")));
    }

    void press(String key, String code) {
        for (String type : List.of("keyDown", "keyUp")) {
            String text = key.equals("Enter") ? "\r" : key.length() == 1 ? key : "";
            boolean isText = type.equals("keyDown");
            call("Input.dispatchKeyEvent", "type", type, "key", key, "code", code, "text", isText ? text : "");
        }
    }

    void type(String text) {
        call("Input.insertText", "text", text);
    }

    void mouse(String type, double x, double y) {
        call("Input.dispatchMouseEvent", "type", type, "x", x, "y", y, "button", "left", "clickCount", 1, "buttons", 1);
    }

    void screenshot(Path png) throws IOException {
        JsonNode taken = call("Page.captureScreenshot", "format", "png");
        Files.write(png, Base64.getDecoder().decode(taken.path("data").asText()));
    }

    @Override
    public void close() {
        socket.abort();
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
