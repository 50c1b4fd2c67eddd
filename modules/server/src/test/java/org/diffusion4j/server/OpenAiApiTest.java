package org.diffusion4j.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** OpenAI's clients. */
class OpenAiApiTest {
    private static final String BOUNDARY = "----boundary";

    @TempDir
    static Path folder;

    private static DiffusionServer server;
    private static Client client;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        server = DiffusionServer.builder()
                .model(TinyModels.TEXT.toString())
                .model(TinyModels.classes(folder.resolve("animals")).toString())
                .port(0)
                .build()
                .start();
        client = new Client(server.uri());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static BufferedImage picture(JsonNode answer, int index) throws IOException {
        byte[] png = Base64.getDecoder()
                .decode(answer.path("data").path(index).path("b64_json").asText());
        return ImageIO.read(new ByteArrayInputStream(png));
    }

    @Test
    void generationsGivePicturesInBase64() throws IOException, InterruptedException {
        Client.Got got = client.post(
                "/v1/images/generations",
                "{\"model\": \"pipeline-sd-tiny\", \"prompt\": \"a castle\", \"n\": 2, \"size\": \"32x16\", \"quality\": \"hd\", \"user\": \"x\"}");
        assertEquals(200, got.status());
        assertEquals(2, got.json().path("data").size());
        assertEquals(32, picture(got.json(), 1).getWidth());
        assertEquals(16, picture(got.json(), 1).getHeight());
    }

    @Test
    void aClassModelTakesThePromptForAClass() throws IOException, InterruptedException {
        Client.Got got = client.post(
                "/v1/images/generations",
                "{\"model\": \"animals\", \"prompt\": \"An owl in the snow\", \"response_format\": \"url\"}");
        String url = got.json().path("data").path(0).path("url").asText();
        assertTrue(url.startsWith(server.uri().toString()), url);
        JsonNode job = client.get(
                        url.substring(server.uri().toString().length() - 1).replaceFirst("/pictures/0$", ""))
                .json();
        assertEquals(2, job.path("pictures").path(0).path("label").asInt());
        assertEquals(
                400,
                client.post("/v1/images/generations", "{\"model\": \"animals\", \"prompt\": \"a castle\"}")
                        .status());
    }

    @Test
    void editsDrawWhatTheMaskShowsThrough() throws IOException, InterruptedException {
        byte[] image = png(new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB), Color.RED, 32);
        byte[] mask = png(new BufferedImage(32, 32, BufferedImage.TYPE_INT_ARGB), Color.BLACK, 16);
        Client.Got got = form(Map.of("prompt", "a castle", "n", "1"), Map.of("image[]", image, "mask", mask));
        assertEquals(200, got.status(), () -> new String(got.bytes(), StandardCharsets.UTF_8));
        assertEquals(32, picture(got.json(), 0).getWidth());
        Client.Got same = form(Map.of("prompt", "a castle"), Map.of("image", image));
        assertEquals(200, same.status());
    }

    @Test
    void faultsAreInOpenAisForm() throws IOException, InterruptedException {
        Client.Got unknown = client.post("/v1/images/generations", "{\"model\": \"dall-e-9\", \"prompt\": \"x\"}");
        assertEquals(404, unknown.status());
        assertEquals(
                "model_not_found", unknown.json().path("error").path("code").asText());
        Client.Got many = client.post("/v1/images/generations", "{\"prompt\": \"x\", \"n\": 11}");
        assertEquals(400, many.status());
        assertEquals("n", many.json().path("error").path("param").asText());
        assertEquals(
                "invalid_request_error", many.json().path("error").path("type").asText());
        assertEquals(400, client.post("/v1/images/generations", "{}").status());
        assertEquals(415, client.post("/v1/images/edits", "{}").status());
        assertEquals(
                400,
                form(Map.of("prompt", "x"), Map.of("image", new byte[] {1, 2, 3}))
                        .status());
        Client.Got nameless = client.send(
                "POST",
                "/v1/images/edits",
                BodyPublishers.ofString("--b\r\nX: y\r\n\r\nx\r\n--b--\r\n"),
                Map.of("Content-Type", "multipart/form-data; boundary=b"));
        assertEquals(400, nameless.status());
        assertEquals(404, client.get("/v1/audio").status());
    }

    @Test
    void modelsAreListed() throws IOException, InterruptedException {
        JsonNode data = client.get("/v1/models").json().path("data");
        assertEquals("pipeline-sd-tiny", data.path(0).path("id").asText());
        assertEquals("animals", data.path(1).path("id").asText());
        assertEquals(data.path(1), client.get("/v1/models/animals").json());
        assertEquals(404, client.get("/v1/models/dall-e-9").status());
    }

    /** @param filled how many columns get the colour */
    private static byte[] png(BufferedImage picture, Color colour, int filled) throws IOException {
        Graphics2D graphics = picture.createGraphics();
        graphics.setColor(colour);
        graphics.fillRect(0, 0, filled, picture.getHeight());
        graphics.dispose();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(picture, "png", out);
        return out.toByteArray();
    }

    private static Client.Got form(Map<String, String> texts, Map<String, byte[]> files)
            throws IOException, InterruptedException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (Map.Entry<String, String> text : texts.entrySet()) {
            write(body, "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + text.getKey() + "\"\r\n\r\n");
            write(body, text.getValue() + "\r\n");
        }
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            write(body, "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + file.getKey());
            write(body, "\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n");
            body.write(file.getValue());
            write(body, "\r\n");
        }
        write(body, "--" + BOUNDARY + "--\r\n");
        return client.send(
                "POST",
                "/v1/images/edits",
                BodyPublishers.ofByteArray(body.toByteArray()),
                Map.of("Content-Type", "multipart/form-data; boundary=" + BOUNDARY));
    }

    private static void write(ByteArrayOutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }
}
