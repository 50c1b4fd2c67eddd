package org.diffusion4j.training.report;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Chromium or one of its kind, without a window: what {@code -Ddiffusion4j.browser} names, or else the first on the path.
 *
 * @param program to start
 * @param workFolder for profiles and logs
 */
record Browser(Path program, Path workFolder) {
    private static final List<String> NAMES =
            List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge");

    private static final int TIMEOUT_SECONDS = 60;

    /** What a page came to: its DOM after the scripts, and what the console said. */
    record Page(String dom, List<String> console) {}

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

    Page open(Path page, int width) throws IOException, InterruptedException {
        Path log = workFolder.resolve("browser.log");
        String dom = run(log, page, width, 900, "--dump-dom");
        // Chromium's own troubles, of which it has many without a desktop, are not the page's.
        List<String> console = Files.readAllLines(log).stream()
                .filter(line -> line.contains(":CONSOLE"))
                .toList();
        return new Page(dom, console);
    }

    void screenshot(Path page, Path png, int width, int height, boolean dark) throws IOException, InterruptedException {
        run(
                workFolder.resolve("browser.log"),
                page,
                width,
                height,
                "--screenshot=" + png.toAbsolutePath(),
                "--hide-scrollbars",
                "--blink-settings=preferredColorScheme=" + (dark ? 0 : 1));
    }

    private String run(Path log, Path page, int width, int height, String... options)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                program.toString(),
                "--headless",
                "--no-sandbox", // as root, in containers, it starts with none only
                "--disable-gpu",
                "--no-first-run",
                "--enable-logging=stderr",
                "--user-data-dir=" + Files.createTempDirectory(workFolder.toAbsolutePath(), "profile"),
                "--window-size=" + width + "," + height));
        command.addAll(List.of(options));
        command.add(page.toUri().toString());
        Path out = workFolder.resolve("browser.out");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(log.toFile())
                .start();
        try {
            if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException(
                        String.format(Locale.ROOT, "%s: expected an end within %d s", command, TIMEOUT_SECONDS));
            }
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        if (process.exitValue() != 0) {
            throw new IOException(String.format(
                    Locale.ROOT, "%s: expected 0, found %d: %s", command, process.exitValue(), Files.readString(log)));
        }
        return Files.readString(out);
    }
}
