package org.diffusion4j.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.diffusion4j.engine.parallel.PhysicalCores;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures all side by side. Each measurement is a JVM of its own; they take turns, round by round, so that whatever else
 * the machine does meanwhile meets all of them.
 */
@Command(
        name = "modules/benchmarks/run",
        description = "Times the forward pass of three networks with random weights by this project's engines and by"
                + " others, and prints a table with the most memory that each took.",
        mixinStandardHelpOptions = true)
final class Benchmarks implements Callable<Integer> {
    @Option(names = "--networks", split = ",", description = "Which: ${COMPLETION-CANDIDATES} (default: all).")
    private List<MeasuredNetwork> networks = List.of(MeasuredNetwork.values());

    @Option(names = "--peers", split = ",", description = "Whose: ${COMPLETION-CANDIDATES} (default: all).")
    private List<PeerKind> peers =
            Arrays.stream(PeerKind.values()).filter(PeerKind::isThere).toList();

    @Option(names = "--threads", description = "How many compute (default: as many as there are physical cores).")
    private int threads = PhysicalCores.count();

    @Option(names = "--rounds", description = "How often each has its turn (default: ${DEFAULT-VALUE}).")
    private int rounds = 3;

    @Option(names = "--warm-up", description = "Seconds before it counts, in each turn (default: ${DEFAULT-VALUE}).")
    private int warmUp = 5;

    @Option(names = "--seconds", description = "Seconds that count, in each turn (default: ${DEFAULT-VALUE}).")
    private int seconds = 5;

    /**
     * A row of the table.
     *
     * @param batch images at once
     */
    private record Row(MeasuredNetwork network, int batch) {}

    /**
     * Measures, and ends the JVM.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        // A JVM's class path goes into a jar's manifest: ONNX Runtime 1.29 takes each process's command line apart by a
        // recursive expression, and a long one overflows the stack.
        System.setProperty("jmh.separateClasspathJAR", "true");
        System.exit(new CommandLine(new Benchmarks())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args));
    }

    @Override
    public Integer call() throws IOException, RunnerException {
        Path folder = Files.createTempDirectory("diffusion4j-benchmarks");
        try {
            for (MeasuredNetwork network : networks) {
                Path own = Files.createDirectory(folder.resolve(network.key()));
                new NetworkFiles(own).write(network.config(), peers);
            }
            print(measure(folder), System.out);
        } finally {
            delete(folder);
        }
        return 0;
    }

    private Map<Row, Map<PeerKind, Times>> measure(Path folder) throws IOException, RunnerException {
        Map<Row, Map<PeerKind, Times>> table = new LinkedHashMap<>();
        for (int round = 1; round <= rounds; round++) {
            for (MeasuredNetwork network : networks) {
                for (int batch : network.batches()) {
                    Row row = new Row(network, batch);
                    Map<PeerKind, Times> times = table.computeIfAbsent(row, key -> new EnumMap<>(PeerKind.class));
                    for (PeerKind peer : inTurn(round)) {
                        Path own = folder.resolve(network.key());
                        RunResult result = measure(own, row, peer);
                        OptionalLong peak = new NetworkFiles(own).readPeak();
                        times.computeIfAbsent(peer, key -> new Times())
                                .add(result.getPrimaryResult().getStatistics(), peak);
                        System.err.printf(
                                Locale.ROOT,
                                "round %d of %d: %s, batch %d, %s: %.2f ms, %d MB%n",
                                round,
                                rounds,
                                network.key(),
                                batch,
                                peer.title(),
                                result.getPrimaryResult().getStatistics().getPercentile(50),
                                peak.orElse(0));
                    }
                }
            }
        }
        return table;
    }

    /** Another one begins each round: nobody always follows the same one. */
    private List<PeerKind> inTurn(int round) {
        List<PeerKind> order = new ArrayList<>(peers);
        Collections.rotate(order, round - 1);
        return order;
    }

    private RunResult measure(Path folder, Row row, PeerKind peer) throws RunnerException {
        return new Runner(new OptionsBuilder()
                        .include("^" + UNetForward.class.getName().replace(".", "\\.") + "\\.")
                        .param("folder", folder.toString())
                        .param("network", row.network.name())
                        .param("batch", Integer.toString(row.batch))
                        .param("peer", peer.name())
                        .param("threads", Integer.toString(threads))
                        .forks(1)
                        .warmupIterations(1)
                        .warmupTime(TimeValue.seconds(warmUp))
                        .measurementIterations(1)
                        .measurementTime(TimeValue.seconds(seconds))
                        .shouldFailOnError(true)
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .runSingle();
    }

    private void print(Map<Row, Map<PeerKind, Times>> table, PrintStream out) {
        out.printf(
                Locale.ROOT,
                "Milliseconds, median (least), of %d rounds, and peak resident memory; threads: %d%n%n",
                rounds,
                threads);
        List<PeerKind> columns = peers.stream().sorted().toList();
        out.println(columns.stream()
                .map(PeerKind::title)
                .collect(Collectors.joining(" | ", "| network | batch | ", " | OneDnnEngine over the best peer |")));
        out.println("| --- |" + " ---: |".repeat(columns.size() + 2));
        table.forEach((row, times) -> out.println(columns.stream()
                .map(peer -> times.get(peer).toString())
                .collect(Collectors.joining(
                        " | ",
                        String.format(Locale.ROOT, "| %s | %d | ", row.network.key(), row.batch),
                        " | "
                                + ratio(times)
                                        .map(ratio -> String.format(Locale.ROOT, "%.2f", ratio))
                                        .orElse("") + " |"))));
    }

    /** This project's median over the least of the others'. */
    private static Optional<Double> ratio(Map<PeerKind, Times> times) {
        return times.entrySet().stream()
                .filter(entry -> entry.getKey().isRival() && times.containsKey(PeerKind.ONEDNN))
                .map(entry -> entry.getValue().median())
                .min(Comparator.naturalOrder())
                .map(best -> times.get(PeerKind.ONEDNN).median() / best);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
