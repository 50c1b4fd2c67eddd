package org.diffusion4j.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients of AUTOMATIC1111's web interface. */
class A1111ApiTest {
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

    @Test
    void listsAreThere() throws IOException, InterruptedException {
        JsonNode models = client.get("/sdapi/v1/sd-models").json();
        assertEquals("pipeline-sd-tiny", models.path(0).path("title").asText());
        assertEquals("pipeline-sd-tiny", models.path(0).path("filename").asText());
        for (String list : new String[] {
            "samplers", "schedulers", "upscalers", "latent-upscale-modes", "sd-vae", "sd-modules", "loras", "progress"
        }) {
            assertEquals(200, client.get("/sdapi/v1/" + list).status(), list);
        }
    }

    @Test
    void optionsAsTheyCameCanBeSentBackWithAnotherModel() throws IOException, InterruptedException {
        JsonNode options = client.get("/sdapi/v1/options").json();
        assertEquals("pipeline-sd-tiny", options.path("sd_model_checkpoint").asText());
        String changed = options.toString().replace("pipeline-sd-tiny", "animals");
        assertEquals(
                "animals",
                client.post("/sdapi/v1/options", changed)
                        .json()
                        .path("sd_model_checkpoint")
                        .asText());
        JsonNode drawn = client.post(
                        "/sdapi/v1/txt2img", "{\"prompt\": \"cat\", \"width\": 512, \"height\": 512, \"cfg_scale\": 1}")
                .json();
        assertEquals(
                "animals",
                Client.JSON
                        .readTree(drawn.path("info").asText())
                        .path("sd_model_name")
                        .asText());
        client.post("/sdapi/v1/options", options.toString());
        assertEquals(
                422,
                client.post("/sdapi/v1/options", "{\"sd_model_checkpoint\": \"no\"}")
                        .status());
    }

    @Test
    void txt2imgGivesPicturesAndInfoAsAText() throws IOException, InterruptedException {
        JsonNode drawn = client.post(
                        "/sdapi/v1/txt2img",
                        "{\"prompt\": \"a castle\", \"negative_prompt\": \"fog\", \"seed\": 7, \"steps\": 3, \"width\": 32, \"height\": 16,"
                                + " \"sampler_name\": \"DPM++ 2M\", \"scheduler\": \"Karras\", \"n_iter\": 2, \"batch_size\": 2, \"cfg_scale\": 3,"
                                + " \"enable_hr\": false, \"s_churn\": 0, \"tiling\": null}")
                .json();
        assertEquals(4, drawn.path("images").size());
        byte[] png = Base64.getDecoder().decode(drawn.path("images").path(0).asText());
        assertEquals(32, ImageIO.read(new ByteArrayInputStream(png)).getWidth());
        assertTrue(drawn.path("info").isTextual());
        JsonNode info = Client.JSON.readTree(drawn.path("info").asText());
        assertEquals("[7,8,9,10]", info.path("all_seeds").toString());
        assertEquals(
                "a castle\nNegative prompt: fog\nSteps: 3, Sampler: DPM++ 2M, CFG scale: 3.0, Seed: 8, Size: 32x16, Model: pipeline-sd-tiny",
                info.path("infotexts").path(1).asText());
        assertEquals("a castle", drawn.path("parameters").path("prompt").asText());
    }

    @Test
    void aSeedOfMinusOneIsAnyOne() throws IOException, InterruptedException {
        String request =
                "{\"prompt\": \"cat\", \"seed\": -1, \"override_settings\": {\"sd_model_checkpoint\": \"animals\"}}";
        JsonNode one = Client.JSON.readTree(
                client.post("/sdapi/v1/txt2img", request).json().path("info").asText());
        JsonNode other = Client.JSON.readTree(
                client.post("/sdapi/v1/txt2img", request).json().path("info").asText());
        assertNotEquals(one.path("seed").asLong(), other.path("seed").asLong());
    }

    @Test
    void img2imgDrawsFromAPictureWithAMask() throws IOException, InterruptedException {
        String picture = client.post(
                        "/sdapi/v1/txt2img", "{\"prompt\": \"a castle\", \"steps\": 1, \"width\": 32, \"height\": 32}")
                .json()
                .path("images")
                .path(0)
                .asText();
        Client.Got drawn = client.post(
                "/sdapi/v1/img2img",
                "{\"prompt\": \"a house\", \"steps\": 2, \"width\": 32, \"height\": 32, \"denoising_strength\": 0.6, \"init_images\":"
                        + " [\"data:image/png;base64," + picture + "\"], \"mask\": \"" + picture
                        + "\", \"inpainting_mask_invert\": 1}");
        assertEquals(200, drawn.status(), () -> new String(drawn.bytes(), java.nio.charset.StandardCharsets.UTF_8));
        assertTrue(drawn.json().path("parameters").path("init_images").isMissingNode());
        assertEquals(
                422, client.post("/sdapi/v1/img2img", "{\"prompt\": \"x\"}").status());
        assertEquals(
                422,
                client.post("/sdapi/v1/img2img", "{\"prompt\": \"x\", \"init_images\": [\"file:///etc/passwd\"]}")
                        .status());
    }

    @Test
    void interruptEndsWhatIsDrawnAndProgressShowsIt() throws Exception {
        CompletableFuture<Client.Got> drawing = CompletableFuture.supplyAsync(() -> {
            try {
                return client.post(
                        "/sdapi/v1/txt2img",
                        "{\"prompt\": \"cat\", \"steps\": 1000, \"batch_size\": 20, \"override_settings\": {\"sd_model_checkpoint\": \"animals\"}}");
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        JsonNode progress = client.get("/sdapi/v1/progress").json();
        for (int i = 0; i < 400 && progress.path("current_image").isNull(); i++) {
            Thread.sleep(20);
            progress = client.get("/sdapi/v1/progress").json();
        }
        assertTrue(
                progress.path("progress").asDouble() > 0
                        && progress.path("progress").asDouble() < 1,
                progress::toString);
        assertEquals(1, progress.path("state").path("job_count").asInt());
        assertTrue(Base64.getDecoder().decode(progress.path("current_image").asText()).length > 50);
        assertEquals(200, client.post("/sdapi/v1/interrupt", "").status());
        assertEquals(0, drawing.get().json().path("images").size());
        assertEquals(
                0,
                client.get("/sdapi/v1/progress?skip_current_image=true")
                        .json()
                        .path("progress")
                        .asInt());
    }

    @Test
    void faultsAreInItsForm() throws IOException, InterruptedException {
        Client.Got wrong = client.post("/sdapi/v1/txt2img", "{\"prompt\": \"x\", \"steps\": \"many\"}");
        assertEquals(422, wrong.status());
        assertEquals(
                "steps", wrong.json().path("detail").path(0).path("loc").path(1).asText());
        Client.Got sampler = client.post("/sdapi/v1/txt2img", "{\"prompt\": \"x\", \"sampler_name\": \"Nonsense\"}");
        assertEquals(404, sampler.status());
        assertEquals("Sampler not found", sampler.json().path("detail").asText());
        assertEquals(404, client.get("/sdapi/v1/embeddings").status());
        Client.Got strong = client.post("/sdapi/v1/txt2img", "{\"prompt\": \"x\", \"cfg_scale\": 1e308}");
        assertEquals(422, strong.status());
        assertEquals(
                "cfg_scale",
                strong.json().path("detail").path(0).path("loc").path(1).asText());
    }
}
