package org.diffusion4j.training.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The report as a browser shows it; its screenshots stay in {@code target/report} to be looked at. */
class TrainingReportBrowserTest {
    private static final Path FOLDER = Path.of("target", "report");

    private static Browser browser;

    @BeforeAll
    static void writeReport() throws IOException {
        Optional<Path> program = Browser.find();
        assumeTrue(
                program.isPresent(),
                "no Chromium or Chrome on the path, and none named by -Ddiffusion4j.browser: the report isn't looked at");
        FileUtils.deleteDirectory(FOLDER.toFile());
        Files.createDirectories(FOLDER);
        browser = new Browser(program.get(), FOLDER);
        SyntheticRun.whole(FOLDER);
        TrainingReport.write(FOLDER);
    }

    /** The report with a script more, which does what a reader does, and writes down what it sees. */
    private static Path used(String name, String script) throws IOException {
        String page = Files.readString(FOLDER.resolve("report.html"));
        String found =
                "<script>const put = (name, value) => document.body.setAttribute('data-' + name, value);" + script;
        return Files.writeString(FOLDER.resolve(name), page.replace("</body>", found + "</script></body>"));
    }

    private static String put(Browser.Page page, String name) {
        Matcher matcher =
                Pattern.compile("<body[^>]* data-" + name + "=\"([^\"]*)\"").matcher(page.dom());
        assertTrue(matcher.find(), () -> "no data-" + name + ", the console has " + page.console());
        return matcher.group(1);
    }

    /** Without this an empty console would say nothing. The page's own policy is what reports a request. */
    @Test
    void consoleTellsOfBrokenScriptsAndOfRequests() throws IOException, InterruptedException {
        Browser.Page broken = browser.open(used("broken.html", "missing();"), 800);
        assertEquals(1, broken.console().size());
        Browser.Page asking = browser.open(used("asking.html", "new Image().src = 'missing.png';"), 800);
        assertEquals(1, asking.console().size());
    }

    @Test
    void reportOpensWithoutErrorsAndShowsCurvesAndGrids() throws IOException, InterruptedException {
        Path page = used(
                "seen.html",
                """
                const sizes = (selector) => [...document.querySelectorAll(selector)]
                    .map((element) => element.getBoundingClientRect())
                    .filter((box) => box.width > 100 && box.height > 100).length;
                put('charts', sizes('svg'));
                put('lines', [...document.querySelectorAll('path.line')].filter((path) => path.getTotalLength() > 500).length);
                addEventListener('load', () => put('grids',
                    [...document.images].filter((image) => image.complete && image.naturalWidth === 112).length));
                """);

        Browser.Page seen = browser.open(page, 1280);

        assertEquals(List.of(), seen.console());
        assertEquals("4", put(seen, "charts"));
        assertEquals("4", put(seen, "lines"));
        assertEquals("10", put(seen, "grids"));
        assertTrue(seen.dom().contains("cats &amp; dogs, &lt;b&gt;birds&lt;/b&gt;, the \"others\", it's"));
    }

    @Test
    void pointerReadsValuesAndAClickEnlarges() throws IOException, InterruptedException {
        Path page = used(
                "used.html",
                """
                const box = document.querySelector('.plot').getBoundingClientRect();
                document.querySelector('.plot').dispatchEvent(
                    new PointerEvent('pointermove', {clientX: box.left + box.width / 2, clientY: box.top + 5}));
                put('read', [...document.querySelectorAll('.read')].filter((read) => !read.hidden)
                    .map((read) => read.textContent).join(' / '));
                document.querySelectorAll('.samples button')[9].click();
                put('dialog', document.querySelector('dialog').open + ' ' + document.querySelector('output').textContent);
                """);

        Browser.Page used = browser.open(page, 1280);

        assertEquals(List.of(), used.console());
        String read = put(used, "read");
        assertTrue(
                read.matches(
                        "step (9,99|10,00)\\d: 0\\.0\\d+, smoothed 0\\.0\\d+ / step .* / step .*: 0\\.0001\\d* / step .*: 8\\d\\d"),
                read);
        assertEquals("true Step 20,000", put(used, "dialog"));
    }

    @Test
    void nothingIsWiderThanANarrowWindow() throws IOException, InterruptedException {
        // No window is as narrow as a telephone, but the page can be.
        Path frame = FOLDER.resolve("narrow.html");
        used(
                "measured.html",
                """
                const page = document.documentElement;
                parent.postMessage([page.clientWidth, page.scrollWidth].join(), '*');
                """);
        Files.writeString(
                frame,
                """
                <!doctype html><body><iframe src="measured.html" style="width:360px;height:2000px;border:0"></iframe>
                <script>addEventListener('message', (event) => document.body.setAttribute('data-widths', event.data))</script>
                """);
        String[] widths = put(browser.open(frame, 800), "widths").split(",");
        assertTrue(Integer.parseInt(widths[0]) <= 360);
        assertEquals(widths[0], widths[1]);
    }

    @Test
    void lightAndDarkAreBothPainted() throws IOException, InterruptedException {
        int light = painted(false);
        int dark = painted(true);
        assertTrue(light > 0xe0 && dark < 0x30, String.format(Locale.ROOT, "light %x, dark %x", light, dark));
    }

    /** Looks whether there are curves and pictures on it; gives the background's brightness. */
    private static int painted(boolean dark) throws IOException, InterruptedException {
        Path png = FOLDER.resolve(dark ? "dark.png" : "light.png");
        browser.screenshot(FOLDER.resolve("report.html"), png, 1280, 2600, dark);
        BufferedImage picture = ImageIO.read(png.toFile());
        assertEquals(1280, picture.getWidth());
        int[] pixels = picture.getRGB(0, 0, 1280, picture.getHeight(), null, 0, 1280);
        int line = dark ? 0x7cc8f5 : 0x0060a8;
        long ofLines =
                IntStream.of(pixels).filter(pixel -> (pixel & 0xffffff) == line).count();
        assertTrue(ofLines > 1000, ofLines + " pixels of the curves' colour");
        long colours = IntStream.of(pixels).distinct().count();
        assertTrue(colours > 5000, colours + " colours: no samples to be seen");
        return pixels[0] & 0xff;
    }
}
