package org.diffusion4j.server.servlet;

import jakarta.servlet.http.HttpServletMapping;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.MappingMatch;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.diffusion4j.server.http.Call;
import org.diffusion4j.server.http.Fault;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.util.UrlEncoded;

/** What the server is asked, as a servlet's request says it. A container's own requests are used again, so that all is copied. */
final class ServletCalls {
    private ServletCalls() {}

    static Call withoutBody(HttpServletRequest request, Call.ClientConnection connection) {
        Map<String, String> headers = new HashMap<>();
        request.getHeaderNames()
                .asIterator()
                .forEachRemaining(name -> headers.put(lower(name), request.getHeader(name)));
        return new Call(
                request.getMethod(),
                path(request),
                Map.of(),
                name -> headers.get(lower(name)),
                new byte[0],
                request.getRemoteAddr(),
                request.getScheme() + "://" + headers.get("host") + place(request),
                connection);
    }

    /** Those behind the question mark only: a form in the body is the server's own to read. */
    static Call withParameters(Call call, String query) {
        Map<String, List<String>> parameters = new HashMap<>();
        if (query != null) {
            Fields fields = new Fields(true);
            try {
                UrlEncoded.decodeUtf8To(query, 0, query.length(), fields);
            } catch (RuntimeException e) {
                throw new Fault(400, "path: expected UTF-8, encoded with percent signs");
            }
            fields.forEach(field -> parameters.put(field.getName(), field.getValues()));
        }
        return new Call(
                call.method(),
                call.path(),
                parameters,
                call.headers(),
                call.body(),
                call.client(),
                call.base(),
                call.connection());
    }

    static Call withBody(Call call, byte[] body) {
        return new Call(
                call.method(),
                call.path(),
                call.parameters(),
                call.headers(),
                body,
                call.client(),
                call.base(),
                call.connection());
    }

    /** Where a browser is sent that asks for the servlet's place without the slash from which the page's addresses go on; null otherwise. */
    static String withSlash(HttpServletRequest request) {
        return isAtPath(request) && request.getPathInfo() == null ? place(request) + "/" : null;
    }

    private static String path(HttpServletRequest request) {
        String inside = request.getPathInfo() == null ? "" : request.getPathInfo();
        String path = isAtPath(request) ? inside : request.getServletPath() + inside;
        return path.isEmpty() ? "/" : path;
    }

    /** The path before the server's own. */
    private static String place(HttpServletRequest request) {
        return request.getContextPath() + (isAtPath(request) ? request.getServletPath() : "");
    }

    private static boolean isAtPath(HttpServletRequest request) {
        HttpServletMapping mapping = request.getHttpServletMapping();
        return mapping.getMappingMatch() == MappingMatch.PATH;
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
