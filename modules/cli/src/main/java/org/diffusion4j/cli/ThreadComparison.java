package org.diffusion4j.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.diffusion4j.Diffusion4jException;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Runs the same measurement for several numbers of threads, each in a process of its own, so that none has the memory or the
 * compiled code of the one before it, and compares them.
 */
final class ThreadComparison {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    /** What a JVM says of the vector module, which can't be silenced. */
    private static final String INCUBATING = "WARNING: Using incubator modules";

    private final CommandLine command;
    private final List<Integer> threads;
    private final boolean json;
    private final Set<String> said = new HashSet<>();

    /**
     * Makes a comparison.
     *
     * @param command what was given on the command line
     * @param threads the numbers of threads
     * @param json whether a line of JSON is printed for each in place of a table
     */
    ThreadComparison(CommandLine command, List<Integer> threads, boolean json) {
        this.command = command;
        this.threads = threads;
        this.json = json;
    }

    /** Measures and prints; gives the exit code of the first process that fails, or 0. */
    int run() {
        double first = 0;
        for (int count : threads) {
            List<String> lines = new ArrayList<>();
            int exitCode = measure(count, lines);
            if (exitCode != 0) {
                return exitCode;
            }
            ObjectNode row = parsed(lines);
            double millis = millis(row);
            if (first == 0) {
                first = millis;
                heading(row);
            }
            row.put("speed_up", Math.rint(first / millis * 1000) / 1000);
            command.getOut().println(json ? row.toString() : line(row));
        }
        return 0;
    }

    private static ObjectNode parsed(List<String> lines) {
        try {
            return (ObjectNode) MAPPER.readTree(String.join("\n", lines));
        } catch (IOException | ClassCastException e) {
            throw new Diffusion4jException("bench: expected a line of JSON, found " + lines, e);
        }
    }

    private int measure(int count, List<String> lines) {
        Process process = started(count);
        Thread ending = new Thread(process::destroy);
        Runtime.getRuntime().addShutdownHook(ending); // if this process is stopped, the other is, too
        Thread messages = new Thread(() -> relay(process), "diffusion4j-bench");
        messages.setDaemon(true);
        messages.start();
        try {
            try (BufferedReader out = reader(process.getInputStream())) {
                out.lines().forEach(lines::add);
            }
            int exitCode = process.waitFor();
            messages.join();
            return exitCode;
        } catch (IOException e) {
            throw new Diffusion4jException("bench: expected another process's output, found " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while another process measured", e);
        } finally {
            process.destroy();
            Runtime.getRuntime().removeShutdownHook(ending);
        }
    }

    private Process started(int count) {
        try {
            return new ProcessBuilder(arguments(count)).start();
        } catch (IOException e) {
            throw new Diffusion4jException("bench: expected to start another process, found " + e.getMessage(), e);
        }
    }

    private static BufferedReader reader(InputStream stream) {
        return new BufferedReader(new InputStreamReader(stream, Charset.defaultCharset()));
    }

    /** Prints each message once, since all processes have the same ones. */
    private void relay(Process process) {
        PrintWriter err = command.getErr();
        reader(process.getErrorStream()).lines().forEach(line -> {
            if (!line.startsWith(INCUBATING) && said.add(line)) {
                err.println(line);
            }
        });
    }

    /** This JVM's own options, and the command's, but for what differs. */
    private List<String> arguments(int count) {
        List<String> arguments = new ArrayList<>();
        arguments.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        arguments.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        arguments.addAll(
                List.of("-cp", System.getProperty("java.class.path"), Main.class.getName(), command.getCommandName()));
        for (OptionSpec option : command.getParseResult().matchedOptions()) {
            String name = option.longestName();
            if (name.equals("--threads") || name.equals("--json")) {
                continue;
            }
            if (option.arity().max() == 0) {
                arguments.add(name);
            } else {
                option.originalStringValues().forEach(value -> arguments.add(name + "=" + value));
            }
        }
        arguments.addAll(List.of("--threads", Integer.toString(count), "--json"));
        return arguments;
    }

    private static double millis(JsonNode row) {
        return row.get(isStep(row) ? "step_ms" : "forward_ms").doubleValue();
    }

    private static boolean isStep(JsonNode row) {
        return !row.get("step_ms").isNull();
    }

    private void heading(JsonNode row) {
        if (json) {
            return;
        }
        JsonNode gflop = row.get("gflop");
        PrintWriter out = command.getOut();
        out.println(String.format(
                Locale.ROOT,
                "%s, batch %d of %s: %s (%s, %s)%s",
                row.get("model").textValue(),
                row.get("batch").intValue(),
                row.path("component").asText(row.path("size").asText()),
                isStep(row) ? "training step" : "forward",
                row.get("engine").textValue(),
                row.get("precision").textValue(),
                gflop.isNull() ? "" : String.format(Locale.ROOT, ", %.2f GFLOP", gflop.doubleValue())));
        out.println(String.format(
                Locale.ROOT,
                "%7s %11s %9s  %14s  %8s %9s%s",
                "threads",
                "ms",
                "GFLOP/s",
                "of plain conv.",
                "speed-up",
                "peak MB",
                row.has("trainer_step_ms") ? "  trainer ms" : ""));
    }

    private static String line(JsonNode row) {
        return String.format(
                Locale.ROOT,
                "%7d %11.3f %9s  %14s  %8.2f %9s%s",
                row.get("threads").intValue(),
                millis(row),
                number(row.get("gflop_per_s"), "%.1f", 1),
                number(row.get("share_of_plain_convolution"), "%.0f %%", 100),
                row.get("speed_up").doubleValue(),
                number(row.get("peak_rss_mb"), "%.0f", 1),
                row.has("trainer_step_ms") ? number(row.get("trainer_step_ms"), "%12.3f", 1) : "");
    }

    /** @return a dash for what isn't known */
    private static String number(JsonNode number, String format, double factor) {
        return number.isNull() ? "-" : String.format(Locale.ROOT, format, factor * number.doubleValue());
    }
}
