package org.diffusion4j.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.diffusion4j.picture.ImageGrid;
import org.diffusion4j.pipeline.DiffusionPipeline;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.server.job.Job;
import org.diffusion4j.training.record.SampleFile;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page in a browser; its screenshots stay in {@code target/page} to be looked at. */
class PageTest {
    private static final Path SHOTS = Path.of("target", "page");

    @TempDir
    static Path folder;

    private static Path classes;
    private static DiffusionServer server;
    private static Browser browser;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        Optional<Path> program = Browser.find();
        assumeTrue(
                program.isPresent(),
                "no Chromium or Chrome on the path, and none named by -Ddiffusion4j.browser: the page isn't looked at");
        Files.createDirectories(SHOTS);
        classes = TinyModels.classes(folder.resolve("animals"));
        writeRun(folder.resolve("runs").resolve("first-run"));
        server = DiffusionServer.builder()
                .model(classes.toString())
                .model(TinyModels.TEXT.toString())
                .runs(folder.resolve("runs"))
                .port(0)
                .build()
                .start();
        browser = Browser.start(program.get(), folder.resolve("browser"));
    }

    @AfterAll
    static void stop() {
        if (browser != null) {
            browser.close();
            server.close();
        }
    }

    private static void writeRun(Path run) throws IOException {
        Files.createDirectories(run.resolve("samples"));
        Files.writeString(run.resolve("run.json"), "{\"plan\": {\"steps\": \"400\", \"batchSize\": \"8\"}}");
        addSteps(run, 1, 200);
        try (DiffusionPipeline pipeline = DiffusionPipeline.load(classes)) {
            ImageGrid grid = ImageGrid.of(pipeline.sample(
                    SampleRequest.images(4).labels(List.of(0, 1, 2, 0)).build()));
            grid.writePng(SampleFile.of(run.resolve("samples"), 100).file());
            grid.writePng(SampleFile.of(run.resolve("samples"), 200).file());
        }
    }

    private static void addSteps(Path run, int from, int until) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int step = from; step <= until; step++) {
            lines.append(String.format(
                    Locale.ROOT,
                    "{\"step\":%d,\"loss\":%f,\"gradient_norm\":%f,\"learning_rate\":1.0E-4,\"images_per_second\":%f}%n",
                    step,
                    0.05 + 1.0 / step + 0.02 * Math.sin(step * 7.0),
                    1 + 5.0 / step,
                    80 + Math.sin(step)));
        }
        Files.writeString(run.resolve("metrics.jsonl"), lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    @BeforeEach
    void open() throws InterruptedException {
        browser.size(1280, 900, false);
        browser.dark(false);
        browser.call("Page.navigate", "url", "about:blank");
        browser.forgetFaults();
        browser.open(server.uri());
    }

    private static void choose(String model) {
        browser.evaluate("$('model-name').value = '" + model + "'; $('model-name').dispatchEvent(new Event('change'))");
    }

    private static void go(String part) throws InterruptedException {
        browser.evaluate("location.hash = '#/" + part + "'");
        browser.until("!document.getElementById('" + part + "').hidden");
    }

    @Test
    void classesAreDrawnByKeyboardAndPicturesBringTheirSettingsBack() throws IOException, InterruptedException {
        choose("animals");
        browser.evaluate(
                "$('images').value = 3; $('seed').value = 42; $('steps').value = 4; $('classes').querySelector('input').focus()");
        browser.press(" ", "Space");
        browser.evaluate("$('submit').focus()");
        browser.press("Enter", "Enter");
        browser.until("document.querySelectorAll('#pictures img').length === 3 && $('state').textContent === 'Done'");
        browser.until(
                "[...document.querySelectorAll('#pictures img')].every((image) => image.complete && image.naturalWidth > 0)");
        browser.screenshot(SHOTS.resolve("classes.png"));

        go("gallery");
        browser.until("document.querySelectorAll('#shelf .tile').length >= 3");
        browser.evaluate("$('seed').value = 0; document.querySelectorAll('#shelf .tile')[1].click()");
        browser.until("$('large').open");
        String settings = browser.evaluate("$('settings').innerText").asText();
        assertTrue(settings.contains("43") && settings.contains("ddim"), settings);
        browser.screenshot(SHOTS.resolve("picture.png"));
        browser.evaluate("$('use').click()");
        assertEquals("43", browser.evaluate("$('seed').value").asText());
        assertEquals("4", browser.evaluate("$('steps').value").asText());
        assertEquals(
                "cat",
                browser.evaluate("document.querySelector('#classes :checked').value")
                        .asText());
        assertFalse(browser.evaluate("$('draw').hidden").asBoolean());
        assertEquals(List.of(), browser.faults());
    }

    @Test
    void aDrawingShowsPreviewsAndCanBeCancelled() throws IOException, InterruptedException {
        choose("animals");
        browser.evaluate("$('images').value = 20; $('steps').value = 900; $('submit').click()");
        browser.until(
                "document.querySelectorAll('#pictures .waits img').length === 20 && /left/.test($('state').textContent)");
        browser.screenshot(SHOTS.resolve("preview.png"));
        browser.evaluate("$('cancel').click()");
        browser.until("/cancelled/.test($('state').textContent) && !$('submit').disabled");
        assertEquals(List.of(), server.jobs().unfinished());
        assertEquals(List.of(), browser.faults());
    }

    @Test
    void aMaskIsPaintedOnAPictureByPointerAndKeyboard() throws IOException, InterruptedException {
        choose("pipeline-sd-tiny");
        browser.evaluate(
                """
                (async () => {
                  const picture = new OffscreenCanvas(64, 64);
                  picture.getContext('2d').fillRect(0, 0, 64, 64);
                  await setSource(await picture.convertToBlob());
                })()
                """);
        browser.evaluate("$('prompt').focus()");
        browser.type("a castle in the mist");
        browser.evaluate(
                "$('images').value = 1; $('steps').value = 4; $('width').value = $('height').value = 64; $('mask').scrollIntoView()");
        double x = browser.evaluate("$('mask').getBoundingClientRect().x").asDouble();
        double y = browser.evaluate("$('mask').getBoundingClientRect().y").asDouble();
        browser.mouse("mousePressed", x + 60, y + 60);
        browser.mouse("mouseMoved", x + 150, y + 90);
        browser.mouse("mouseReleased", x + 150, y + 90);
        browser.evaluate("$('mask').focus()");
        browser.press("ArrowRight", "ArrowRight");
        browser.press(" ", "Space");
        browser.screenshot(SHOTS.resolve("mask.png"));
        browser.evaluate("$('submit').click()");
        browser.until("$('state').textContent === 'Done'");
        Job job = server.jobs().all().get(server.jobs().all().size() - 1);
        assertEquals("a castle in the mist", job.request().prompt());
        double painted = job.request().source().mask().values().meanNumber().doubleValue();
        assertTrue(painted > 0.03 && painted < 0.5, painted + " of the mask is white");
        assertEquals(List.of(), browser.faults());
    }

    @Test
    void aTrainingRunIsFollowedWhileItTrains() throws IOException, InterruptedException {
        go("runs");
        browser.until("document.querySelectorAll('#run svg').length === 4");
        assertTrue(browser.evaluate("$('run').innerText").asText().contains("200 of 400"));
        browser.until("document.querySelector('.sample img').naturalWidth > 0");
        browser.screenshot(SHOTS.resolve("run.png"));
        addSteps(folder.resolve("runs").resolve("first-run"), 201, 250);
        browser.until("$('run').innerText.includes('250 of 400')");
        assertEquals(List.of(), browser.faults());
    }

    @Test
    void theNetworkIsShown() throws IOException, InterruptedException {
        go("model");
        browser.until("$('network').complete && $('network').naturalWidth > 200");
        browser.screenshot(SHOTS.resolve("network.png"));
        assertEquals(List.of(), browser.faults());
    }

    @Test
    void aFaultIsSaidAndNothingIsWiderThanAPhone() throws IOException, InterruptedException {
        browser.size(360, 740, true);
        browser.dark(true);
        choose("pipeline-sd-tiny");
        browser.evaluate("$('width').value = 65; $('form').noValidate = true; $('submit').click()");
        browser.until("!$('fault').hidden && /multiples/.test($('fault').textContent)");
        for (String part : List.of("gallery", "runs", "model", "draw")) {
            go(part);
            Thread.sleep(200);
            assertEquals(
                    360,
                    browser.evaluate("document.documentElement.scrollWidth").asInt(),
                    part);
            browser.screenshot(SHOTS.resolve("phone-" + part + ".png"));
        }
    }

    @Test
    void thePageIsSmallAndAsksNobodyElse() throws IOException, InterruptedException {
        Client client = new Client(server.uri());
        int bytes = 0;
        for (String file : List.of("/", "/page.css", "/page.js")) {
            byte[] content = client.get(file).bytes();
            bytes += content.length;
            String text = new String(content, StandardCharsets.UTF_8).replace("http://www.w3.org/2000/svg", "");
            assertFalse(text.matches("(?s).*https?://.*"), file);
        }
        assertTrue(bytes < 60_000, bytes + " bytes");
    }
}
