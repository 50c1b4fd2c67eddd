package org.diffusion4j.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.diffusion4j.zoo.Emoji32;
import org.junit.jupiter.api.Test;

/** A model that draws by text without an autoencoder: its network denoises pictures. */
class PixelModelTest {
    @Test
    void drawsWhatItsPipelineDrawsInItsOwnSize() throws Exception {
        try (DiffusionServer server =
                DiffusionServer.builder().model(Emoji32.NAME).port(0).build().start()) {
            Client client = new Client(server.uri());
            Client.Got got = client.post(
                    "/api/v1/jobs", "{\"prompt\": \"red heart\", \"seed\": 3, \"steps\": 2, \"images\": 1}");
            assertEquals(202, got.status(), new String(got.bytes(), StandardCharsets.UTF_8));
            JsonNode job = client.ended(got.json().path("id").asText());
            assertEquals("done", job.path("state").asText(), job::toString);
            assertArrayEquals(
                    new Emoji32()
                            .pipeline()
                            .draw(PromptRequest.of("red heart").seed(3).steps(2).build())
                            .get(0)
                            .png(),
                    client.get(job.path("pictures").path(0).path("url").asText())
                            .bytes());
        }
    }
}
