package org.diffusion4j.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.diffusion4j.server.job.JobCounts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server's own interface, by a real client. Each answer is checked against the server's description. */
class OwnApiTest {
    @TempDir
    static Path folder;

    private static Path classes;
    private static DiffusionServer server;
    private static Client client;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        classes = TinyModels.classes(folder.resolve("animals"));
        server = DiffusionServer.builder()
                .model(classes.toString())
                .model(TinyModels.TEXT.toString())
                .port(0)
                .build()
                .start();
        client = new Client(server.uri());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static JsonNode drawn(String request) throws IOException, InterruptedException {
        Client.Got got = client.post("/api/v1/jobs", request);
        assertEquals(202, got.status(), () -> new String(got.bytes(), java.nio.charset.StandardCharsets.UTF_8));
        JsonNode job = client.ended(got.json().path("id").asText());
        assertEquals("done", job.path("state").asText(), job::toString);
        return job;
    }

    private static byte[] picture(JsonNode job, int index) throws IOException, InterruptedException {
        return client.get(job.path("pictures").path(index).path("url").asText()).bytes();
    }

    @Test
    void modelsSayWhatTheyCan() throws IOException, InterruptedException {
        JsonNode models = client.get("/api/v1/models").json().path("models");
        assertEquals("classes", models.path(0).path("kind").asText());
        assertEquals("owl", models.path(0).path("classes").path(2).path("name").asText());
        assertEquals(3, models.path(0).path("classes").size());
        assertEquals("pipeline-sd-tiny", models.path(1).path("name").asText());
        assertTrue(models.path(1).path("draws_from_pictures").asBoolean());
        assertEquals(200, client.get("/api/v1/models/animals").status());
        byte[] drawing = client.get("/api/v1/models/pipeline-sd-tiny/unet.svg").bytes();
        assertTrue(new String(drawing, java.nio.charset.StandardCharsets.UTF_8).contains("<svg"));
    }

    @Test
    void picturesAreThoseOfThePipelineToTheByte() throws IOException, InterruptedException {
        JsonNode job = drawn(
                "{\"model\": \"animals\", \"labels\": [\"dog\", \"cat\"], \"images\": 5, \"seed\": 7, \"steps\": 3}");
        try (DiffusionPipeline pipeline = DiffusionPipeline.load(classes)) {
            List<GeneratedImage> images = pipeline.sample(SampleRequest.images(5)
                    .spreadNames(List.of("dog", "cat"))
                    .seed(7)
                    .steps(3)
                    .build());
            for (int i = 0; i < images.size(); i++) {
                assertArrayEquals(images.get(i).png(), picture(job, i), "picture " + i);
            }
        }
    }

    @Test
    void picturesOfAPromptAreThoseOfThePipelineToTheByte() throws IOException, InterruptedException {
        JsonNode job = drawn(
                "{\"model\": \"pipeline-sd-tiny\", \"prompt\": \"a castle\", \"negative_prompt\": \"fog\", \"seed\": 3, \"images\": 2, \"steps\": 2}");
        List<GeneratedImage> images = PromptPipeline.open(TinyModels.TEXT)
                .draw(PromptRequest.of("a castle")
                        .negative("fog")
                        .imagesPerPrompt(2)
                        .seed(3)
                        .steps(2)
                        .size(
                                job.path("size").path("width").asInt(),
                                job.path("size").path("height").asInt())
                        .build());
        assertArrayEquals(images.get(0).png(), picture(job, 0));
        assertArrayEquals(images.get(1).png(), picture(job, 1));
    }

    @Test
    void severalJobsInOneBatchChangeNoPicture() throws IOException, InterruptedException {
        // The first one occupies the model, so that the others wait and are joined.
        long before = server.jobs()
                .counts()
                .now()
                .steps()
                .getOrDefault("animals", new JobCounts.Steps(0, 0, 0))
                .count();
        String first = client.post("/api/v1/jobs", "{\"model\": \"animals\", \"images\": 20, \"steps\": 60}")
                .json()
                .path("id")
                .asText();
        List<String> ids = Stream.of("cat", "owl", "dog")
                .map(label -> {
                    try {
                        return client.post(
                                        "/api/v1/jobs",
                                        "{\"model\": \"animals\", \"steps\": 4, \"seed\": 11, \"labels\": \"" + label
                                                + "\"}")
                                .json()
                                .path("id")
                                .asText();
                    } catch (IOException | InterruptedException e) {
                        throw new AssertionError(e);
                    }
                })
                .toList();
        client.ended(first);
        JsonNode joined = client.ended(ids.get(1));
        JobCounts.Steps steps = server.jobs().counts().now().steps().get("animals");
        JsonNode alone = drawn("{\"model\": \"animals\", \"steps\": 4, \"seed\": 11, \"labels\": \"owl\"}");
        JobCounts.Steps more = server.jobs().counts().now().steps().get("animals");
        assertEquals(4, more.count() - steps.count());
        assertTrue(steps.count() - before < 60 + 3 * 4, "the three were drawn one by one");
        assertArrayEquals(picture(alone, 0), picture(joined, 0));
    }

    @Test
    void picturesBringTheirSettings() throws IOException, InterruptedException {
        JsonNode job = drawn(
                "{\"model\": \"animals\", \"labels\": \"owl\", \"seed\": 5, \"sampler\": \"unipc\", \"sampler_options\": {\"solver_order\": 1}}");
        JsonNode picture = job.path("pictures").path(0);
        assertEquals(5, picture.path("seed").asInt());
        assertEquals(2, picture.path("label").asInt());
        assertEquals("unipc", picture.path("settings").path("sampler").asText());
        assertEquals("owl", job.path("request").path("labels").asText());
        assertEquals(
                1,
                job.path("request").path("sampler_options").path("solver_order").asInt());
    }

    @Test
    void aJobThatRunsCanBeCancelled() throws IOException, InterruptedException {
        String id = client.post("/api/v1/jobs", "{\"model\": \"animals\", \"steps\": 1000, \"images\": 20}")
                .json()
                .path("id")
                .asText();
        for (int i = 0;
                i < 400
                        && client.get("/api/v1/jobs/" + id)
                                        .json()
                                        .path("progress")
                                        .path("step")
                                        .asInt()
                                == 0;
                i++) {
            Thread.sleep(10);
        }
        assertEquals(
                "cancelled",
                client.delete("/api/v1/jobs/" + id).json().path("state").asText());
        // The model is free again.
        drawn("{\"model\": \"animals\"}");
        assertEquals(200, client.delete("/api/v1/jobs/" + id).status());
        assertEquals(404, client.get("/api/v1/jobs/" + id).status());
    }

    @Test
    void faultsNameTheFieldAndNoPlace() throws IOException, InterruptedException {
        assertFault("{\"model\": \"animals\", \"stepz\": 3}", "stepz", "steps");
        assertFault("{\"model\": \"animals\", \"steps\": \"many\"}", "steps", "a whole number");
        assertFault("{\"model\": \"animals\", \"labels\": \"unicorn\"}", "labels", "cat");
        assertFault("{\"model\": \"animal\"}", "model", "animals");
        assertFault("{\"model\": \"animals\", \"prompt\": \"x\"}", "prompt", "no texts");
        assertFault("{\"model\": \"animals\", \"width\": 64, \"height\": 64}", "size", "no other");
        assertFault("{\"model\": \"animals\", \"images\": 65}", "images", "64");
        assertFault("{\"model\": \"animals\", \"guidance\": -1e300}", "guidance", "-1000 to 1000");
        assertFault("{\"model\": \"animals\", \"sampler\": \"eulr\"}", "sampler", "euler");
        assertFault(
                "{\"model\": \"animals\", \"sampler_options\": {\"eta\": [[1]]}}", "sampler_options.eta", "a number");
        assertFault("{\"model\": \"pipeline-sd-tiny\"}", "prompt", "a text");
        assertFault(
                "{\"model\": \"pipeline-sd-tiny\", \"prompt\": \"x\", \"init_image\": \"/etc/passwd\"}",
                "init_image",
                "picture");
        assertFault(
                "{\"model\": \"pipeline-sd-tiny\", \"prompt\": \"x\", \"width\": 65, \"height\": 64}",
                "size",
                "multiples");
        assertFault(
                "{\"model\": \"pipeline-sd-tiny\", \"prompt\": \"x\", \"width\": 4096, \"height\": 4096}",
                "size",
                "pixels");
        assertFault("[1]", "", "an object");
        assertFault("{", "body", "line 1, column");
        assertEquals(400, client.get("/api/v1/models/%5c..%5c").status());
        assertEquals(404, client.get("/nothing").status());
        assertEquals(405, client.delete("/api/v1/models").status());
    }

    private static void assertFault(String request, String field, String words)
            throws IOException, InterruptedException {
        Client.Got got = client.post("/api/v1/jobs", request);
        String message = got.json().path("error").path("message").asText();
        assertEquals(400, got.status(), message);
        assertEquals(field, got.json().path("error").path("field").asText("").replace("null", ""), message);
        assertTrue(message.contains(words), message);
        assertTrue(!message.contains(folder.toString()) && !message.contains("goldens"), message);
    }
}
