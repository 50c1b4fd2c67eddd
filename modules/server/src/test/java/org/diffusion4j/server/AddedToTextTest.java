package org.diffusion4j.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.TreeMap;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.SinglePicture;
import org.diffusion4j.pipeline.prompt.Additions;
import org.diffusion4j.pipeline.prompt.Control;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.diffusion4j.server.model.Loras;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be added to a model that draws by texts: adapters, and pictures that ControlNets look at. */
class AddedToTextTest {
    private static final String ASKED =
            "\"prompt\": \"a castle\", \"seed\": 3, \"steps\": 2, \"width\": 32, \"height\": 32";

    @TempDir
    static Path folder;

    private static Path strong;
    private static DiffusionServer server;
    private static Client client;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        Path loras = Files.createDirectories(folder.resolve("loras"));
        strong = TinyModels.lora(loras.resolve("strong.safetensors"), 8);
        TinyModels.lora(loras.resolve("of another model.safetensors"), 7);
        Files.writeString(loras.resolve("notes.txt"), "no adapter");
        server = DiffusionServer.builder()
                .model(TinyModels.TEXT.toString())
                .model(TinyModels.CONTROLLED.toString())
                .loras(Loras.NONE.of(loras))
                .port(0)
                .build()
                .start();
        client = new Client(server.uri());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static PromptRequest.Builder castle() {
        return PromptRequest.of("a castle").seed(3).steps(2).size(32, 32);
    }

    private static byte[] drawn(PromptPipeline pipeline, PromptRequest request) {
        return pipeline.draw(request).get(0).png();
    }

    private static byte[] drawn(String more) throws IOException, InterruptedException {
        Client.Got got = client.post("/api/v1/jobs", "{" + ASKED + more + "}");
        assertEquals(202, got.status(), () -> new String(got.bytes(), StandardCharsets.UTF_8));
        JsonNode job = client.ended(got.json().path("id").asText());
        assertEquals("done", job.path("state").asText(), job::toString);
        return client.get(job.path("pictures").path(0).path("url").asText()).bytes();
    }

    private static String refused(String path, String more) throws IOException, InterruptedException {
        Client.Got got = client.post(path, "{" + ASKED + more + "}");
        assertTrue(got.status() == 400 || got.status() == 422, () -> "status " + got.status());
        String answer = new String(got.bytes(), StandardCharsets.UTF_8);
        assertFalse(answer.contains(folder.toString()), answer);
        return answer;
    }

    @Test
    void anAdapterIsAskedForByItsName() throws IOException, InterruptedException {
        JsonNode model = client.get("/api/v1/models/pipeline-sd-tiny").json();
        assertEquals("[\"strong\"]", model.path("loras").toString());
        PromptPipeline pipeline = PromptPipeline.open(TinyModels.TEXT);
        byte[] adapted = drawn(pipeline.with(Additions.NONE.lora(strong, 0.5)), castle().build());
        assertArrayEquals(adapted, drawn(", \"loras\": [{\"name\": \"strong\", \"scale\": 0.5}]"));
        byte[] plain = drawn(pipeline, castle().build());
        assertArrayEquals(plain, drawn(""));
        assertFalse(java.util.Arrays.equals(plain, adapted));
    }

    @Test
    void aPromptNamesAdaptersAsInAutomatic1111() throws IOException, InterruptedException {
        JsonNode list = client.get("/sdapi/v1/loras").json();
        assertEquals(1, list.size());
        assertEquals("strong", list.path(0).path("name").asText());
        String tagged = ASKED.replace("a castle", "a castle <lora:strong:0.5>");
        JsonNode drawn = client.post("/sdapi/v1/txt2img", "{" + tagged + "}").json();
        assertArrayEquals(
                drawn(", \"loras\": [{\"name\": \"strong\", \"scale\": 0.5}]"),
                Base64.getDecoder().decode(drawn.path("images").path(0).asText()));
        JsonNode info = Client.JSON.readTree(drawn.path("info").asText());
        assertEquals("a castle <lora:strong:0.5>", info.path("prompt").asText());
    }

    @Test
    void otherAdaptersAreRefused() throws IOException, InterruptedException {
        String unknown = refused("/api/v1/jobs", ", \"loras\": [{\"name\": \"" + strong + "\"}]");
        assertTrue(unknown.contains("expected strong, found an unknown one"), unknown);
        refused("/api/v1/jobs", ", \"loras\": [{\"name\": \"of another model\"}]");
        refused("/api/v1/jobs", ", \"loras\": [{\"name\": \"strong\", \"weight\": 1}]");
        refused("/api/v1/jobs", ", \"loras\": \"strong\"");
        for (String tag :
                new String[] {"<lora:weak>", "<lora:strong:much>", "<lora:strong:1:1>", "<lora:strong:NaN>"}) {
            String answer = refused("/sdapi/v1/txt2img", ", \"prompt\": \"a castle " + tag + "\"");
            assertTrue(answer.contains("lora"), answer);
        }
    }

    @Test
    void anAdapterThatAlwaysActsMustFit() throws IOException {
        Loras always = new Loras(Additions.NONE.lora(strong, 0.5), new TreeMap<>());
        DiffusionServer.builder()
                .model(TinyModels.TEXT.toString())
                .loras(always)
                .build()
                .close();
        Path other = strong.resolveSibling("of another model.safetensors");
        DiffusionServer.Builder wrong = DiffusionServer.builder()
                .model(TinyModels.TEXT.toString())
                .loras(new Loras(Additions.NONE.lora(other, 1), new TreeMap<>()));
        assertThrows(Diffusion4jException.class, wrong::build);
    }

    @Test
    void aControlNetLooksAtAPicture() throws IOException, InterruptedException {
        byte[] seen = drawn("");
        String text = Base64.getEncoder().encodeToString(seen);
        SinglePicture image = SinglePicture.read("seen", seen, 3, 1 << 20);
        assertEquals(
                32, javax.imageio.ImageIO.read(new ByteArrayInputStream(seen)).getWidth());
        PromptPipeline pipeline = PromptPipeline.open(TinyModels.CONTROLLED);
        String model = ", \"model\": \"pipeline-controlnet-tiny\"";
        byte[] drawn = drawn(
                pipeline,
                castle().control(new Control("controlnet", image.values(), 0.7, 0, 1))
                        .build());
        assertArrayEquals(
                drawn,
                drawn(model + ", \"controls\": [{\"name\": \"controlnet\", \"scale\": 0.7, \"image\": \"" + text
                        + "\"}]"));
        refused("/api/v1/jobs", model + ", \"controls\": [{\"name\": \"depth\", \"image\": \"" + text + "\"}]");
        refused("/api/v1/jobs", model + ", \"controls\": [{\"name\": \"controlnet\"}]");
        refused("/api/v1/jobs", model + ", \"controls\": [{\"name\": \"controlnet\", \"image\": \"/etc/hosts\"}]");
    }
}
