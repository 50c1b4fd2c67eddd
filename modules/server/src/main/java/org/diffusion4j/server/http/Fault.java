package org.diffusion4j.server.http;

import java.util.Map;
import org.diffusion4j.OneLine;

/** Why a request isn't done. Each interface has its own form in which a client is told. */
public final class Fault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String field;
    private final transient Map<String, String> headers;

    private Fault(int status, String field, String message, Map<String, String> headers, Throwable cause) {
        super(OneLine.of(message), cause);
        this.status = status;
        this.field = field;
        this.headers = headers;
    }

    /**
     * A fault of the request as a whole.
     *
     * @param status such as 404
     * @param message one line, without anything that a client mustn't know
     */
    public Fault(int status, String message) {
        this(status, null, message, Map.of(), null);
    }

    /**
     * A value that isn't as it must be.
     *
     * @param field the value's name
     * @param expected what was expected
     * @param found what was found
     * @return a fault of status 400
     */
    public static Fault of(String field, String expected, String found) {
        return new Fault(400, field, field + ": expected " + expected + ", found " + found, Map.of(), null);
    }

    /**
     * A value that isn't as it must be, as its message says.
     *
     * @param message begins with the value's name and a colon, or has none
     * @param cause where it was found
     * @return a fault of status 400
     */
    public static Fault of(String message, Throwable cause) {
        int colon = message.indexOf(": expected ");
        String field = colon > 0 && message.indexOf(' ') > colon ? message.substring(0, colon) : null;
        return new Fault(400, field, message, Map.of(), cause);
    }

    /**
     * The same with a header more.
     *
     * @param name the header's name
     * @param value its value
     * @return the fault
     */
    public Fault with(String name, String value) {
        return new Fault(status, field, getMessage(), Map.of(name, value), this);
    }

    /**
     * The same with another status.
     *
     * @param other from 400 on
     * @return the fault
     */
    public Fault withStatus(int other) {
        return new Fault(other, field, getMessage(), headers(), this);
    }

    /**
     * The status.
     *
     * @return from 400 on
     */
    public int status() {
        return status;
    }

    /**
     * The value at fault.
     *
     * @return its name; null if it isn't a single one
     */
    public String field() {
        return field;
    }

    /**
     * Headers for the client.
     *
     * @return by name
     */
    public Map<String, String> headers() {
        return headers == null ? Map.of() : headers;
    }
}
