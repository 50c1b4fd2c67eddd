package org.diffusion4j.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.LayoutBase;
import org.diffusion4j.OneLine;

/** Formats a log event as one line, whatever names its message contains: {@code WARN DiffusersFolder: ...}. */
public final class LogLine extends LayoutBase<ILoggingEvent> {
    @Override
    public String doLayout(ILoggingEvent event) {
        String logger = event.getLoggerName();
        return event.getLevel() + " " + logger.substring(logger.lastIndexOf('.') + 1) + ": "
                + OneLine.of(event.getFormattedMessage()) + System.lineSeparator();
    }
}
