package org.diffusion4j.cli;

import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.OneLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParameterException;

/**
 * What went wrong, in one line, and the exit code for it.
 *
 * @param text one line, whatever the exception's message was
 * @param exitCode 2 where the input is to blame, 1 otherwise
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
        // What libraries say in several lines reads on.
        return OneLine.of(String.valueOf(message).replaceAll("\\s*\\n\\s*", " "));
    }
}
