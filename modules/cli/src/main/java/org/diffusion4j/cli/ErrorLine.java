package org.diffusion4j.cli;

import java.util.List;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.OneLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * What went wrong, in one line, and the exit code for it.
 *
 * @param text one line, whatever the exception's message was
 * @param exitCode 2 where the input is to blame, 1 otherwise
 */
record ErrorLine(String text, int exitCode) {
    static ErrorLine of(Throwable e, String command) {
        if (e instanceof ParameterException wrong) {
            return new ErrorLine(oneLine(usage(wrong) + " (see " + helpOf(command) + ")"), ExitCode.USAGE);
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

    private static String usage(ParameterException e) {
        UnmatchedArgumentException unmatched = e instanceof UnmatchedArgumentException given ? given : null;
        List<String> others = e.getCommandLine().getUnmatchedArguments();
        if (e instanceof MissingParameterException && !others.isEmpty()) {
            // What is missing may be what was mistyped.
            unmatched = new UnmatchedArgumentException(e.getCommandLine(), others);
        }
        if (unmatched == null) {
            return e.getMessage();
        }
        List<String> known = unmatched.getSuggestions();
        return unmatched.getMessage() + (known.isEmpty() ? "" : "; did you mean " + known.get(0) + "?");
    }

    private static String helpOf(String command) {
        return command.equals("diffusion4j") ? "diffusion4j --help" : "diffusion4j " + command + " --help";
    }

    static String oneLine(String message) {
        // What libraries say in several lines reads on.
        return OneLine.of(String.valueOf(message).replaceAll("\\s*\\n\\s*", " "));
    }
}
