package org.diffusion4j.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A client that checks each answer against the server's own description of it. */
final class Client {
    static final JsonMapper JSON = new JsonMapper();

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private final URI base;
    private final JsonNode description;
    private final SchemaRegistry schemas = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    Client(URI base) throws IOException, InterruptedException {
        this.base = base;
        HttpRequest request =
                HttpRequest.newBuilder(base.resolve("/openapi.json")).build();
        description =
                JSON.readTree(http.send(request, BodyHandlers.ofByteArray()).body());
    }

    /** An answer. */
    record Got(int status, HttpResponse<byte[]> response) {
        JsonNode json() throws IOException {
            return JSON.readTree(response.body());
        }

        byte[] bytes() {
            return response.body();
        }
    }

    Got get(String path) throws IOException, InterruptedException {
        return send("GET", path, BodyPublishers.noBody(), Map.of());
    }

    Got delete(String path) throws IOException, InterruptedException {
        return send("DELETE", path, BodyPublishers.noBody(), Map.of());
    }

    Got post(String path, String json) throws IOException, InterruptedException {
        return send("POST", path, BodyPublishers.ofString(json), Map.of("Content-Type", "application/json"));
    }

    Got send(String method, String path, BodyPublisher body, Map<String, String> headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(base.resolve(path)).method(method, body).timeout(Duration.ofSeconds(60));
        headers.forEach(request::header);
        HttpResponse<byte[]> response = http.send(request.build(), BodyHandlers.ofByteArray());
        check(method, path, response);
        return new Got(response.statusCode(), response);
    }

    /** Waits for a job's end. */
    JsonNode ended(String id) throws IOException, InterruptedException {
        for (int i = 0; i < 1200; i++) {
            JsonNode job = get("/api/v1/jobs/" + id).json();
            if (!List.of("queued", "running").contains(job.path("state").asText())) {
                return job;
            }
            Thread.sleep(25);
        }
        throw new AssertionError("job " + id + " doesn't end");
    }

    private void check(String method, String path, HttpResponse<byte[]> response) throws IOException {
        String plain = path.split("\\?")[0];
        Map.Entry<String, JsonNode> template = template(plain);
        if (template == null || !template.getValue().has(method.toLowerCase(java.util.Locale.ROOT))) {
            boolean isPage = plain.equals("/") || plain.startsWith("/page.");
            assertTrue(response.statusCode() >= 400 || isPage, method + " " + path + " isn't described");
            return;
        }
        JsonNode responses = template.getValue()
                .path(method.toLowerCase(java.util.Locale.ROOT))
                .path("responses");
        JsonNode described = responses.path(Integer.toString(response.statusCode()));
        described = described.isMissingNode() ? responses.path("default") : described;
        String type = response.headers().firstValue("Content-Type").orElse("").split(";")[0];
        JsonNode content = described.path("content").path(type);
        assertTrue(
                content.isObject(),
                method + " " + path + " " + response.statusCode() + ": " + type + " isn't described");
        if (content.has("schema")) {
            assertValid(content.path("schema"), new String(response.body(), java.nio.charset.StandardCharsets.UTF_8));
        }
    }

    /** Checks a value against a schema of the description. */
    void assertValid(String schemaName, String json) {
        assertValid(JSON.createObjectNode().put("$ref", "#/components/schemas/" + schemaName), json);
    }

    private void assertValid(JsonNode given, String json) {
        ObjectNode root = given.deepCopy();
        root.set("components", description.path("components"));
        Schema schema = schemas.getSchema(root.toString(), InputFormat.JSON);
        List<Error> errors = schema.validate(json, InputFormat.JSON);
        assertEquals(List.of(), errors, json);
    }

    private Map.Entry<String, JsonNode> template(String path) {
        for (Map.Entry<String, JsonNode> entry : description.path("paths").properties()) {
            if (path.matches(entry.getKey().replaceAll("\\{[^}]*}", "[^/]*"))) {
                return entry;
            }
        }
        return null;
    }
}
