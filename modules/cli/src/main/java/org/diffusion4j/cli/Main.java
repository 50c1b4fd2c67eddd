package org.diffusion4j.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command line's entry: {@code diffusion4j COMMAND}. */
@Command(
        name = "diffusion4j",
        description = "Diffusion U-Nets on Deeplearning4j: draws, trains, predicts, verifies.",
        versionProvider = Version.class,
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        subcommands = {
            SampleCommand.class,
            TrainCommand.class,
            PredictCommand.class,
            EvaluateCommand.class,
            VerifyCommand.class,
            ExportCommand.class,
            InfoCommand.class,
            ModelsCommand.class,
            BenchCommand.class
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:good", "1:failed", "2:bad input: one line on stderr says what"})
public final class Main implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "Print a stack trace with an error.")
    private boolean verbose;

    /**
     * Runs a command and ends the JVM with its exit code.
     *
     * @param args the command and its options
     */
    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(System.out, true, Charset.defaultCharset());
        PrintWriter err = new PrintWriter(System.err, true, Charset.defaultCharset());
        // ND4J prints to System.out while it differentiates; what is meant for the user goes through the writers.
        System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
        System.exit(run(out, err, args));
    }

    /**
     * Runs a command.
     *
     * @param out for results
     * @param err for errors and progress
     * @param args the command and its options
     * @return 0 good, 1 failed, 2 bad input
     */
    public static int run(PrintWriter out, PrintWriter err, String... args) {
        Main main = new Main();
        CommandLine commandLine = new CommandLine(main)
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .setExpandAtFiles(false)
                .setParameterExceptionHandler((e, arguments) -> main.report(e, e.getCommandLine(), err))
                .setExecutionExceptionHandler((e, command, result) -> main.report(e, command, err));
        try {
            return commandLine.execute(args);
        } catch (Error e) { // picocli's handlers see exceptions alone
            return main.report(e, commandLine, err);
        }
    }

    private int report(Throwable e, CommandLine command, PrintWriter err) {
        ErrorLine line = ErrorLine.of(e, command.getCommandName());
        err.println(line.text());
        if (verbose) {
            e.printStackTrace(err);
        }
        return line.exitCode();
    }

    /** Without a command there is nothing to do. */
    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "expected a command (" + String.join(", ", spec.subcommands().keySet()) + "), found none");
    }
}
