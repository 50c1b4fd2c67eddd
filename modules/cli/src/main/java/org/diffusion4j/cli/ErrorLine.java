package org.diffusion4j.cli;

import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.OneLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParameterException;

/**
 * What went wrong, in one line, and the exit code for it.
 *
 * @param text one line, even if the exception's message has several
 * @param exitCode 2 if the input is wrong, otherwise 1
 */
record ErrorLine(String text, int exitCode) {
    static ErrorLine of(Throwable e, String command) {
        if (e instanceof ParameterException wrong) {
            return new ErrorLine(
                    oneLine(UsageFault.describe(wrong) + " (see " + helpOf(command) + ")"), ExitCode.USAGE);
        }
        if (e instanceof Diffusion4jException) {
            return new ErrorLine(oneLine(e.getMessage()), ExitCode.USAGE);
        }
        if (e instanceof LineWriter.Unwritten) {
            return new ErrorLine(oneLine(e.getMessage()), ExitCode.SOFTWARE);
        }
        String what = e instanceof OutOfMemoryError ? "out of memory: " + e.getMessage() : e.toString();
        return new ErrorLine(oneLine("error: " + what + " (--verbose prints more)"), ExitCode.SOFTWARE);
    }

    private static String helpOf(String command) {
        return command.equals("diffusion4j") ? "diffusion4j --help" : "diffusion4j " + command + " --help";
    }

    static String oneLine(String message) {
        // The lines of libraries' messages are joined.
        return OneLine.of(String.valueOf(message).replaceAll("\\s*\\n\\s*", " "));
    }
}
