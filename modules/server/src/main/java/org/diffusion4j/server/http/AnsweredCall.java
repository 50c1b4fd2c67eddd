package org.diffusion4j.server.http;

/**
 * A request and what it got.
 *
 * @param method the request's method
 * @param path its path, decoded, or as it came if that can't be done
 * @param client the client's address
 * @param status the answer's status; 499 if the client went away before
 * @param bytes the body's length; 0 for a stream
 * @param seconds how long it took
 */
public record AnsweredCall(String method, String path, String client, int status, long bytes, double seconds) {}
