package org.diffusion4j.server.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Finds who answers a request, by its method and path. */
public final class Router {
    private final List<Route> routes = new ArrayList<>();
    private final Map<String, FaultForm> forms = new LinkedHashMap<>();

    /** Answers requests. */
    @FunctionalInterface
    public interface Answering {
        /**
         * Answers a request.
         *
         * @param call the request
         * @param path what stands at the path's names
         * @return the answer, maybe later; a {@link Fault} if it can't be done
         */
        CompletionStage<? extends Answer> answer(Call call, Map<String, String> path);
    }

    /** Answers requests at once. */
    @FunctionalInterface
    public interface AnsweringNow {
        /**
         * Answers a request.
         *
         * @param call the request
         * @param path what stands at the path's names
         * @return the answer
         * @throws Fault if it can't be done
         */
        Answer answer(Call call, Map<String, String> path);
    }

    /** How an interface tells of faults. */
    @FunctionalInterface
    public interface FaultForm {
        /**
         * Makes an answer.
         *
         * @param fault what is wrong
         * @return the answer, of the fault's status
         */
        Answer.Whole answer(Fault fault);
    }

    /**
     * One of the paths.
     *
     * @param method such as {@code GET}
     * @param template such as {@code /jobs/{id}}
     * @param answering answers
     */
    public record Route(String method, String template, Answering answering) {
        /** What stands at the template's names; null if the path is another one. */
        private Map<String, String> match(String path) {
            String[] wanted = template.split("/", -1);
            String[] given = path.split("/", -1);
            if (wanted.length != given.length) {
                return null;
            }
            Map<String, String> names = new LinkedHashMap<>();
            for (int i = 0; i < wanted.length; i++) {
                if (wanted[i].startsWith("{")) {
                    names.put(wanted[i].substring(1, wanted[i].length() - 1), given[i]);
                } else if (!wanted[i].equals(given[i])) {
                    return null;
                }
            }
            return names;
        }
    }

    /**
     * Adds a path whose answers may come later.
     *
     * @param method such as {@code GET}
     * @param template such as {@code /jobs/{id}}
     * @param answering answers
     */
    public void add(String method, String template, Answering answering) {
        routes.add(new Route(method, template, answering));
    }

    /**
     * Adds a path whose answers come at once.
     *
     * @param method such as {@code GET}
     * @param template such as {@code /jobs/{id}}
     * @param answering answers
     */
    public void addNow(String method, String template, AnsweringNow answering) {
        add(method, template, (call, path) -> CompletableFuture.completedFuture(answering.answer(call, path)));
    }

    /**
     * Sets how faults of paths are told.
     *
     * @param prefix how the paths begin
     * @param form makes the answers
     */
    public void form(String prefix, FaultForm form) {
        forms.put(prefix, form);
    }

    /**
     * All paths.
     *
     * @return the routes
     */
    public List<Route> routes() {
        return List.copyOf(routes);
    }

    /**
     * How faults of a path are told.
     *
     * @param path any path
     * @return the form of the longest prefix
     */
    public FaultForm form(String path) {
        String best = "";
        for (String prefix : forms.keySet()) {
            if (path.startsWith(prefix) && prefix.length() > best.length()) {
                best = prefix;
            }
        }
        return forms.get(best);
    }

    /**
     * Answers a request.
     *
     * @param call the request
     * @return the answer; a {@link Fault} if it can't be done
     */
    public CompletionStage<? extends Answer> answer(Call call) {
        String method = call.method().equals("HEAD") ? "GET" : call.method();
        TreeSet<String> others = new TreeSet<>();
        for (Route route : routes) {
            Map<String, String> names = route.match(call.path());
            if (names != null && route.method().equals(method)) {
                return route.answering().answer(call, names);
            } else if (names != null) {
                others.add(route.method());
            }
        }
        if (!others.isEmpty()) {
            String allowed = String.join(", ", others);
            throw new Fault(405, "method: expected " + allowed + ", found " + call.method()).with("Allow", allowed);
        }
        throw new Fault(404, "there is nothing at this path");
    }
}
