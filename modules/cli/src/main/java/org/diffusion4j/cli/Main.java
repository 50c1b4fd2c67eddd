package org.diffusion4j.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command line's entry: {@code diffusion4j COMMAND}. */
@Command(
        name = "diffusion4j",
        sortOptions = false,
        customSynopsis = {"diffusion4j COMMAND [OPTIONS]", "       diffusion4j COMMAND --help"},
        description = {"Diffusion U-Nets on Deeplearning4j: draws pictures, and trains on yours.", ""},
        commandListHeading = "%nCommands:%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  diffusion4j sample --model ddpm-mnist --labels 0-9 --out digits.png",
            "  diffusion4j train --data my-pictures --model ddpm-mnist --out mine"
        },
        versionProvider = Version.class,
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        subcommands = {
            SampleCommand.class,
            ServeCommand.class,
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
        exitCodeList = {"0:all went well", "1:failed", "2:bad input; one line on stderr says what"})
public final class Main implements Runnable {
    @Spec
    private CommandSpec spec;

    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "Print Java's stack trace with an error.")
    private boolean verbose;

    /**
     * Runs a command and ends the JVM with its exit code.
     *
     * @param args the command and its options
     */
    public static void main(String[] args) {
        Writer out = new OutputStreamWriter(new FileOutputStream(FileDescriptor.out), Charset.defaultCharset());
        Writer err = new OutputStreamWriter(System.err, Charset.defaultCharset());
        // ND4J prints to System.out while it differentiates. Output for the user goes through the writers instead.
        System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
        System.exit(run(out, err, args));
    }

    /**
     * Runs a command.
     *
     * @param out gets the results; if it can't be written any more, the command ends
     * @param err gets errors and progress
     * @param args the command and its options
     * @return 0 if all went well, 1 if something failed, 2 for bad input
     */
    public static int run(Writer out, Writer err, String... args) {
        Main main = new Main();
        LineWriter results = LineWriter.results(out);
        LineWriter messages = LineWriter.messages(err);
        CommandLine commandLine = new CommandLine(main)
                .setOut(results)
                .setErr(messages)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .setExpandAtFiles(false)
                .setParameterExceptionHandler((e, arguments) -> main.report(e, e.getCommandLine(), messages))
                .setExecutionExceptionHandler((e, command, result) -> main.report(e, command, messages));
        commandLine.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, new OptionSections());
        commandLine.getSubcommands().values().forEach(command -> command.getHelpSectionMap()
                .put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, new OptionSections()));
        try {
            int exitCode = commandLine.execute(args);
            if (exitCode == 0) {
                results.check();
            }
            return exitCode;
        } catch (LineWriter.Unwritten | Error e) { // picocli's handlers only see a command's exceptions
            return main.report(e, commandLine, messages);
        }
    }

    private int report(Throwable e, CommandLine command, PrintWriter err) {
        ErrorLine line = ErrorLine.of(e, command.getCommandName());
        if (e instanceof LineWriter.Unwritten unwritten && unwritten.isUnread()) {
            return line.exitCode();
        }
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
