package org.diffusion4j.server.jetty;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** The answers to what isn't HTTP at all, which tell nothing of the server. */
public final class PlainErrors extends ErrorHandler {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus() >= 400 ? response.getStatus() : 500;
        response.setStatus(status);
        response.getHeaders().put("Content-Type", "application/json");
        response.write(true, body(status), callback);
        return true;
    }

    private static ByteBuffer body(int status) {
        return ByteBuffer.wrap(String.format(
                        Locale.ROOT,
                        "{\"error\":{\"status\":%d,\"message\":\"%s\",\"field\":null}}",
                        status,
                        HttpStatus.getMessage(status))
                .getBytes(StandardCharsets.UTF_8));
    }
}
