package org.diffusion4j.cli;

import java.io.PrintStream;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * A bar on the terminal of standard error. The library's own consumer asks JLine for the width, which takes Ctrl-C away
 * from Java, so that the program would end at once without a last checkpoint.
 */
final class TerminalBar implements ProgressBarConsumer {
    /** The property that the launcher sets if standard error is a terminal, which Java itself can't find out. */
    static final String TERMINAL = "diffusion4j.terminal";
    /** The property for the terminal's width, which the launcher sets, too. */
    private static final String COLUMNS = "diffusion4j.columns";

    private static final int USUAL_COLUMNS = 80;

    private final PrintStream terminal = System.err;
    /** The width leaves room for the cursor and for the ^C that a terminal echoes, since a line that wraps can't be overwritten. */
    private final int width = Math.max(1, Integer.getInteger(COLUMNS, USUAL_COLUMNS) - 3);

    private final boolean staysInTheEnd;

    private TerminalBar(boolean staysInTheEnd) {
        this.staysInTheEnd = staysInTheEnd;
    }

    static ProgressBarBuilder builder(String task, boolean staysInTheEnd) {
        return new ProgressBarBuilder()
                .setTaskName(task)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(200)
                .setConsumer(new TerminalBar(staysInTheEnd));
    }

    @Override
    public int getMaxRenderedLength() {
        return width;
    }

    @Override
    public void accept(String line) {
        terminal.print("\r" + line);
        terminal.flush();
    }

    @Override
    public void close() {
        terminal.print(staysInTheEnd ? System.lineSeparator() : "\r" + " ".repeat(width) + "\r");
        terminal.flush();
    }
}
