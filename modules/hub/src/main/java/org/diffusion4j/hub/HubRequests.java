package org.diffusion4j.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Set;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.hub.HubException.Reason;

/**
 * Requests to the hub: they follow redirections, and the token goes to the hub's own host only. The proxy is the one that Java
 * or the environment was told.
 */
final class HubRequests {
    /** As browsers have it. */
    private static final int MOST_REDIRECTIONS = 20;

    /** Answers that mean another time. */
    private static final Set<Integer> LATER = Set.of(408, 429, 500, 502, 503, 504);

    private static final Pattern SECONDS = Pattern.compile("\\d{1,6}");

    /** Which host a request may end at. */
    enum Reach {
        /** The hub's own: a redirection elsewhere is the answer. */
        HUB,
        /** Any: files are redirected to other hosts. */
        ANY
    }

    private final HubSettings settings;
    private final HubAddresses addresses;
    private final HttpClient client;

    HubRequests(HubSettings settings) {
        this.settings = settings;
        this.addresses = new HubAddresses(settings.endpoint());
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1) // a file is one stream, and cleartext has no second version
                .followRedirects(HttpClient.Redirect.NEVER) // Java would send the token along
                .connectTimeout(settings.answerTimeout());
        if (!settings.proxies().isEmpty()) {
            builder.proxy(settings.proxies().selector());
            settings.proxies().authenticator().ifPresent(builder::authenticator);
        }
        this.client = builder.build();
    }

    HubAddresses addresses() {
        return addresses;
    }

    HubSettings settings() {
        return settings;
    }

    /** A request that may be made again. */
    @FunctionalInterface
    interface Attempt<T> {
        T make() throws PassingFault;
    }

    /** Makes a request until it doesn't fail in a way that may pass. */
    <T> T patiently(Attempt<T> request) {
        for (int attempt = 1; ; attempt++) {
            try {
                return request.make();
            } catch (PassingFault fault) {
                if (attempt > settings.patience().retries()) {
                    throw fault.lasting();
                }
                settings.patience().pause(attempt, fault);
            }
        }
    }

    /** Makes a request once. */
    static <T> T once(Attempt<T> request) {
        try {
            return request.make();
        } catch (PassingFault fault) {
            throw fault.lasting();
        }
    }

    HttpResponse<Void> head(URI address, String where) throws PassingFault {
        return sent("HEAD", address, Reach.HUB, 0, BodyHandlers.discarding(), where);
    }

    /**
     * Gets what is at an address. Whoever gets the answer closes its body.
     *
     * @param from which byte to begin with; 0 for all
     */
    HttpResponse<InputStream> get(URI address, Reach reach, long from, String where) throws PassingFault {
        return sent("GET", address, reach, from, BodyHandlers.ofInputStream(), where);
    }

    private <T> HttpResponse<T> sent(
            String method, URI first, Reach reach, long from, BodyHandler<T> handler, String where)
            throws PassingFault {
        URI address = first;
        boolean withToken = addresses.isHub(first);
        for (int redirections = 0; redirections < MOST_REDIRECTIONS; redirections++) {
            HttpResponse<T> answer = answer(request(method, address, withToken, from), handler, where);
            String location = answer.headers().firstValue("Location").orElse(null);
            if (answer.statusCode() / 100 != 3 || location == null) {
                return kept(answer, where);
            }
            URI target = target(address, location, where);
            boolean isHub = addresses.isHub(target);
            if (reach == Reach.HUB && !isHub) {
                return answer;
            }
            close(answer);
            withToken &= isHub; // once it has been elsewhere, it stays without
            address = target;
        }
        throw new HubException(
                Reason.UNUSABLE_ANSWER,
                where + ": expected an answer, found more than " + MOST_REDIRECTIONS + " redirections");
    }

    private URI target(URI from, String location, String where) {
        try {
            URI target = HubAddresses.target(from, location);
            if (!addresses.isUnprotected(target)) {
                return target;
            }
        } catch (IllegalArgumentException e) {
            throw unusable(where, e);
        }
        throw unusable(where, null);
    }

    private static HubException unusable(String where, Exception cause) {
        return new HubException(
                Reason.UNUSABLE_ANSWER, where + ": expected a redirection to an https address, found another", cause);
    }

    private HttpRequest request(String method, URI address, boolean withToken, long from) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .timeout(settings.answerTimeout())
                .header("User-Agent", "diffusion4j")
                .header("Accept-Encoding", "identity"); // so that sizes and ranges are those of the file itself
        if (withToken) {
            settings.token().ifPresent(token -> request.header("Authorization", "Bearer " + token.value()));
        }
        if (from > 0) {
            request.header("Range", "bytes=" + from + "-");
        }
        return request.build();
    }

    private <T> HttpResponse<T> answer(HttpRequest request, BodyHandler<T> handler, String where) throws PassingFault {
        try {
            HttpResponse<T> answer = client.send(request, handler);
            if (answer.statusCode() == 407) {
                close(answer);
                throw new HubException(
                        Reason.UNREACHABLE,
                        where + ": expected an answer of " + request.uri().getHost()
                                + ", found that the proxy asks for a name and a password (HTTPS_PROXY may hold them, if Java is told"
                                + " -Djdk.http.auth.tunneling.disabledSchemes=)");
            }
            return answer;
        } catch (UnknownHostException | ConnectException | HttpConnectTimeoutException | SSLException e) {
            throw new HubException(Reason.UNREACHABLE, unreached(where, request, e), e);
        } catch (IOException e) {
            throw new PassingFault(new HubException(Reason.UNREACHABLE, unreached(where, request, e), e));
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** Only the host is named: the rest of an address may be a signature. */
    private static String unreached(String where, HttpRequest request, IOException e) {
        String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        return where + ": expected an answer of " + request.uri().getHost() + ", found none (" + why + ")";
    }

    /** Throws if the answer means another time. */
    private static <T> HttpResponse<T> kept(HttpResponse<T> answer, String where) throws PassingFault {
        if (!LATER.contains(answer.statusCode())) {
            return answer;
        }
        close(answer);
        Duration asked = answer.headers()
                .firstValue("Retry-After")
                .filter(text -> SECONDS.matcher(text).matches())
                .map(text -> Duration.ofSeconds(Integer.parseInt(text)))
                .orElse(null);
        throw new PassingFault(
                new HubException(
                        Reason.BUSY,
                        where + ": expected an answer of " + answer.uri().getHost() + ", found its error "
                                + answer.statusCode() + (answer.statusCode() == 429 ? " (too many requests)" : "")
                                + "; try again later"),
                asked);
    }

    private static void close(HttpResponse<?> answer) {
        if (answer.body() instanceof InputStream body) {
            try {
                body.close();
            } catch (IOException e) {
                return; // it has no more to say
            }
        }
    }

    static Diffusion4jException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new Diffusion4jException("expected to fetch from the hub, found that this thread was interrupted", e);
    }
}
