package org.diffusion4j.server.page;

import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.diffusion4j.server.http.Answer;
import org.diffusion4j.server.http.Resource;
import org.diffusion4j.server.http.Router;

/** Hands out the page, which calls the server's own interface. */
public final class Page {
    /** The files by their paths, and their kinds. */
    private static final Map<String, String[]> FILES = Map.of(
            "/", new String[] {"index.html", "text/html; charset=utf-8"},
            "/page.css", new String[] {"page.css", "text/css; charset=utf-8"},
            "/page.js", new String[] {"page.js", "text/javascript; charset=utf-8"});

    /** The page loads nothing from elsewhere, and no other page may show it. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
            + " img-src 'self' data: blob:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

    private Page() {}

    /**
     * Adds the page's paths.
     *
     * @param router gets the paths
     */
    public static void addTo(Router router) {
        FILES.forEach((path, file) -> {
            Answer.Whole answer = new Answer.Whole(
                    200,
                    Map.of(
                            "Content-Type",
                            file[1],
                            "Cache-Control",
                            "no-cache",
                            "Content-Security-Policy",
                            POLICY,
                            "Referrer-Policy",
                            "no-referrer"),
                    Resource.read(Page.class, file[0]));
            router.addNow("GET", path, (call, names) -> answer);
        });
    }

    /**
     * The page's paths, which tell nothing but what every server has.
     *
     * @return the paths
     */
    public static Set<String> paths() {
        return FILES.keySet().stream().collect(Collectors.toUnmodifiableSet());
    }
}
