package org.diffusion4j.cli;

import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import org.diffusion4j.OneLine;

/** Formats a log event's message as one line, whatever names it contains; {@code %line} in logback.xml. */
public final class LogLine extends ClassicConverter {
    @Override
    public String convert(ILoggingEvent event) {
        return OneLine.of(event.getFormattedMessage());
    }
}
