package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.hub.FilePatterns;
import org.diffusion4j.hub.HubClient;
import org.diffusion4j.hub.HubException;
import org.diffusion4j.hub.HubException.Reason;
import org.diffusion4j.hub.HubFile;
import org.diffusion4j.hub.HubSettings;
import org.diffusion4j.hub.HubSnapshot;
import org.diffusion4j.hub.HubToken;
import org.diffusion4j.hub.Patience;
import org.diffusion4j.weights.file.JsonFile;

/**
 * What is fetched from a hub that answers from a table, and what lies in the cache afterwards: as Python's huggingface_hub
 * leaves it. Where Python takes bytes that aren't those of their sum, or writes outside of the cache, a refusal is expected.
 */
final class HubCase {
    private static final Patience LITTLE =
            new Patience(5, Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofMillis(2));

    /** What Python's exceptions are here. The last ones depend on their cause. */
    private static final Map<String, Set<Reason>> REASONS = Map.ofEntries(
            Map.entry("RepositoryNotFoundError", Set.of(Reason.NO_SUCH_REPOSITORY)),
            Map.entry("GatedRepoError", Set.of(Reason.GATED)),
            Map.entry("RevisionNotFoundError", Set.of(Reason.NO_SUCH_REVISION)),
            Map.entry("RemoteEntryNotFoundError", Set.of(Reason.NO_SUCH_FILE)),
            Map.entry("IncompleteSnapshotError", Set.of(Reason.INCOMPLETE)),
            Map.entry("HfHubHTTPError", Set.of(Reason.NOT_ALLOWED, Reason.BUSY, Reason.UNUSABLE_ANSWER)),
            Map.entry("OSError", Set.of(Reason.DAMAGED)),
            Map.entry("TooManyRedirects", Set.of(Reason.UNUSABLE_ANSWER)),
            Map.entry("ValueError", Set.of(Reason.UNUSABLE_ANSWER)),
            Map.entry("LocalEntryNotFoundError", Set.of(Reason.NOT_CACHED)),
            Map.entry("LocalEntryNotFoundError of ConnectError", Set.of(Reason.UNREACHABLE)),
            Map.entry("LocalEntryNotFoundError of DisabledRepoError", Set.of(Reason.NOT_ALLOWED)),
            Map.entry("LocalEntryNotFoundError of FileMetadataError", Set.of(Reason.UNUSABLE_ANSWER)),
            Map.entry("LocalEntryNotFoundError of HfHubHTTPError", Set.of(Reason.NOT_ALLOWED, Reason.BUSY)));

    private final ReferenceCase reference;
    private final FakeHub hub;
    private final Path folder;
    private final Path cache;

    /** @param folder an empty one: nothing but the cache may appear in it */
    private HubCase(ReferenceCase reference, FakeHub hub, Path folder) {
        this.reference = reference;
        this.hub = hub;
        this.folder = folder;
        this.cache = folder.resolve("a/b/cache"); // deep enough for names that lead upwards
    }

    static List<Comparison> verify(ReferenceCase reference) {
        JsonNode table = JsonFile.read(reference.folder().resolve("table.json"));
        List<Comparison> result = new ArrayList<>();
        try (FakeHub hub = new FakeHub(table)) {
            for (JsonNode run : reference.setting("runs")) {
                Path folder = Files.createTempDirectory("diffusion4j-hub");
                try {
                    hub.reset();
                    result.add(new HubCase(reference, hub, folder).run(run));
                } finally {
                    delete(folder);
                }
            }
        } catch (IOException e) {
            throw new Diffusion4jException(reference.folder() + ": expected to run a hub for it, found " + e, e);
        }
        return result;
    }

    private Comparison run(JsonNode run) throws IOException {
        String id = run.path("id").asText();
        Files.createDirectories(cache);
        boolean isReachable = run.path("steps").path(0).has("cache");
        if (!isReachable) { // the server is gone, and the cache is that of the first run
            for (JsonNode step : reference.setting("runs").path(0).path("steps")) {
                outcome(step, hub.endpoint());
            }
            hub.takeRequests();
        }
        URI endpoint = isReachable ? hub.endpoint() : URI.create("http://127.0.0.1:1");
        List<Comparison> steps = new ArrayList<>();
        for (JsonNode step : run.path("steps")) {
            String name = id + "[" + steps.size() + "]";
            String fault = fault(step, endpoint);
            steps.add(fault.isEmpty() ? new Comparison(name, 0, true, "") : Comparison.failed(name, fault));
        }
        return Comparison.worst(id, steps);
    }

    /** @return what is wrong with a step; empty if nothing is */
    private String fault(JsonNode step, URI endpoint) throws IOException {
        CacheTree before = CacheTree.of(cache);
        CacheTree expected = step.has("cache") ? CacheTree.of(step.path("cache")) : before;
        Set<String> damaged = CacheTree.damaged(step.path("cache"));
        boolean refused = !damaged.isEmpty() || step.has("written_outside_the_cache");
        String outcome = outcome(step, endpoint);
        CacheTree found = CacheTree.of(cache);
        List<FakeHub.Request> requests = hub.takeRequests();
        if (requests.stream().anyMatch(FakeHub.Request::leaked)) {
            return "the token went to another host";
        }
        if (step.path("http").isArray() && step.path("http").isEmpty() && !requests.isEmpty()) {
            return "expected no request, found " + requests.get(0);
        }
        if (!isOnlyCache()) {
            return "something lies outside of the cache";
        }
        if (refused) {
            Set<String> beyond = found.beyond(expected, damaged);
            boolean holds = outcome.equals(Reason.DAMAGED.name()) || outcome.equals(Reason.UNUSABLE_ANSWER.name());
            return holds && beyond.isEmpty() ? "" : "expected a refusal, found " + outcome + " and " + beyond;
        }
        JsonNode result = step.path("result");
        boolean holds = result.has("returns")
                ? outcome.equals(result.path("returns").asText())
                : reasons(result).stream().anyMatch(reason -> outcome.equals(reason.name()));
        return holds ? found.difference(expected) : "expected " + result + ", found " + outcome;
    }

    private Set<Reason> reasons(JsonNode result) {
        String raised = result.path("raises").asText();
        String cause = result.path("cause").asText("");
        Set<Reason> ofBoth = REASONS.get(raised + " of " + cause);
        Set<Reason> ofOne = ofBoth == null ? REASONS.get(raised) : ofBoth;
        if (ofOne == null) {
            throw new Diffusion4jException(reference.folder().resolve("case.json")
                    + ": expected an exception that is known here, found '" + raised + "'");
        }
        return ofOne;
    }

    /** @return the path below the cache that was found, or why none was */
    private String outcome(JsonNode step, URI endpoint) {
        CaseOptions request = new CaseOptions(reference, "request", step.path("request"));
        boolean hasToken = step.path("request").path("token").isTextual();
        HubSettings settings = new HubSettings(
                cache,
                endpoint,
                hasToken ? Optional.of(new HubToken(request.text("token"))) : Optional.empty(),
                request.flag("offline", false),
                true,
                Duration.ofSeconds(10),
                Duration.ofSeconds(10),
                LITTLE);
        if (!hasToken) {
            request.flag("token", false);
        }
        String call = request.text("call");
        String repository = request.text("repo");
        String revision = request.has("revision") ? request.text("revision") : "main";
        try {
            Path found;
            if (call.equals("file")) {
                String file = request.text("file");
                request.checkNothingIgnored();
                found = HubClient.of(settings).file(repository, revision, file);
            } else {
                FilePatterns patterns = new FilePatterns(
                        request.has("allow") ? request.texts("allow") : List.of(),
                        request.has("ignore") ? request.texts("ignore") : List.of());
                request.checkNothingIgnored();
                HubSnapshot snapshot = HubClient.of(settings).snapshot(repository, revision);
                found = snapshot.fetch(snapshot.files().stream()
                        .map(HubFile::name)
                        .filter(patterns)
                        .toList());
            }
            return cache.relativize(found).toString().replace('\\', '/');
        } catch (HubException e) {
            return e.reason().name();
        }
    }

    private boolean isOnlyCache() throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            return paths.allMatch(path -> path.startsWith(cache) || cache.startsWith(path));
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
