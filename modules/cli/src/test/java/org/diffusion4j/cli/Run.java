package org.diffusion4j.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/** A command that has been run in this JVM, and what it printed. */
record Run(int exitCode, List<String> out, List<String> err) {
    static Run of(Object... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] texts = List.of(args).stream().map(Object::toString).toArray(String[]::new);
        int exitCode = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), texts);
        return new Run(
                exitCode,
                out.toString().lines().toList(),
                err.toString().lines().toList());
    }
}
