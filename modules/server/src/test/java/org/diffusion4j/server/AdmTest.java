package org.diffusion4j.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.diffusion4j.Progress;
import org.diffusion4j.diffusion.respaced.Respacing;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.pipeline.adm.AdmPipeline;
import org.diffusion4j.pipeline.adm.AdmRequest;
import org.diffusion4j.weights.adm.AdmModel;
import org.junit.jupiter.api.Test;

/** A network of guided-diffusion, by the server's interfaces. */
class AdmTest {
    private static final Path FOLDER = Path.of("../verify/src/test/resources/goldens/guided-adm");

    @Test
    void drawsByClassesWhatThePipelineDraws() throws Exception {
        try (DiffusionServer server = DiffusionServer.builder()
                        .model(FOLDER.toString())
                        .port(0)
                        .build()
                        .start();
                AdmModel model = AdmModel.open(FOLDER, null);
                AdmPipeline pipeline = AdmPipeline.of(model, null, null, EngineKind.AUTO)) {
            Client client = new Client(server.uri());
            JsonNode traits = client.get("/api/v1/models/guided-adm").json();
            assertEquals("classes", traits.path("kind").asText());
            assertEquals(10, traits.path("classes").size());
            assertEquals(404, client.get("/api/v1/models/guided-adm/unet.svg").status());
            // More than go through the network at once, and by two jobs that may be joined.
            String asked = "{\"labels\": \"7,2\", \"images\": 6, \"seed\": 5, \"steps\": 3, \"sampler\": \"ddim\"}";
            JsonNode job = client.post("/api/v1/jobs", asked).json();
            JsonNode other =
                    client.post("/api/v1/jobs", asked.replace("5,", "8,")).json();
            List<GeneratedImage> images = pipeline.sample(
                    AdmRequest.ofClasses(List.of(7, 7, 7, 2, 2, 2)).withSeed(5).withSteps(Respacing.even(3), true, 0),
                    Progress.none());
            JsonNode ended = client.ended(job.path("id").asText());
            assertEquals("done", ended.path("state").asText(), ended::toString);
            for (int i = 0; i < 6; i++) {
                JsonNode picture = ended.path("pictures").path(i);
                assertArrayEquals(
                        images.get(i).png(),
                        client.get(picture.path("url").asText()).bytes());
            }
            assertEquals(
                    "done",
                    client.ended(other.path("id").asText()).path("state").asText());
            for (String wrong :
                    List.of("\"guidance\": 2", "\"sampler\": \"euler\"", "\"labels\": \"12\"", "\"prompt\": \"x\"")) {
                assertEquals(400, client.post("/api/v1/jobs", "{" + wrong + "}").status(), wrong);
            }
            JsonNode drawn = client.post(
                            "/sdapi/v1/txt2img",
                            "{\"prompt\": \"7\", \"seed\": 5, \"steps\": 3, \"sampler_name\": \"DDIM\"}")
                    .json();
            assertArrayEquals(
                    images.get(0).png(),
                    Base64.getDecoder().decode(drawn.path("images").path(0).asText()));
        }
    }
}
