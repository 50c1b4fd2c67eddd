package org.diffusion4j.spark;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.OneLine;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParameterException;

/**
 * A command that {@code spark-submit} starts. What is wrong is said in one line; the exit code is 2 if the input is, and otherwise
 * 1.
 */
public final class Job {
    private static final String FAULT = Diffusion4jException.class.getName() + ": ";

    private Job() {}

    /**
     * Runs a command.
     *
     * @param command has picocli's annotations
     * @param args the command line
     * @return 0 if all went well, 1 if something failed, 2 for bad input
     */
    public static int run(Callable<Integer> command, String... args) {
        return run(command, new PrintWriter(System.err, true, Charset.defaultCharset()), args);
    }

    /**
     * Runs a command.
     *
     * @param command has picocli's annotations
     * @param err gets what is wrong
     * @param args the command line
     * @return as above
     */
    public static int run(Callable<Integer> command, PrintWriter err, String... args) {
        return new CommandLine(command)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExpandAtFiles(false)
                .setParameterExceptionHandler((e, arguments) -> report(e, e.getCommandLine()))
                .setExecutionExceptionHandler((e, line, result) -> report(e, line))
                .execute(args);
    }

    /**
     * Runs a command, and ends the JVM if it failed.
     *
     * @param command has picocli's annotations
     * @param args the command line
     */
    public static void main(Callable<Integer> command, String... args) {
        int code = run(command, args);
        if (code != 0) {
            System.exit(code);
        }
    }

    /**
     * Spark as {@code spark-submit} was told, or all cores of this machine if a plain {@code java} runs the command.
     *
     * @param name what Spark's pages call the job
     * @return the session
     */
    public static SparkSession session(String name) {
        SparkSession.Builder session = SparkSession.builder().appName(name);
        // spark-submit says it by a system property.
        return (System.getProperty("spark.master") == null ? session.master("local[*]") : session).getOrCreate();
    }

    private static int report(Exception e, CommandLine line) {
        boolean isInput = e instanceof ParameterException || e instanceof Diffusion4jException;
        String text = isInput
                ? String.valueOf(e.getMessage())
                : taskFault(e).orElseGet(() -> String.format(Locale.ROOT, "error: %s", e));
        line.getErr().println(OneLine.of(text.replaceAll("\\s*\\n\\s*", " ")));
        return isInput ? ExitCode.USAGE : ExitCode.SOFTWARE;
    }

    /** What a task said that failed: Spark gives it as a line of its own message, often without the exception. */
    private static Optional<String> taskFault(Throwable e) {
        return String.valueOf(e.getMessage())
                .lines()
                .filter(one -> one.contains(FAULT))
                .map(one -> one.substring(one.indexOf(FAULT) + FAULT.length()))
                .findFirst();
    }
}
