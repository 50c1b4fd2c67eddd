package org.diffusion4j.hub;

import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import org.diffusion4j.hub.HubException.Reason;

/**
 * What the hub says of a file before it is fetched.
 *
 * @param commit the commit that the revision means now
 * @param etag the sum of its content
 * @param size how many bytes it has, if the hub said so
 */
record FileFacts(String commit, Etag etag, OptionalLong size) {
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    private static final Pattern SIZE = Pattern.compile("\\d{1,18}");

    /** @throws HubException if the answer isn't one of a hub */
    static FileFacts of(HttpResponse<?> answer, String where) {
        HttpHeaders headers = answer.headers();
        String commit = commit(headers).orElseThrow(() -> lacking("X-Repo-Commit with a commit", where));
        String etag = headers.firstValue("X-Linked-Etag")
                .or(() -> headers.firstValue("ETag"))
                .orElseThrow(() -> lacking("ETag", where));
        boolean isRedirected = answer.statusCode() / 100 == 3; // then the length is that of the redirection
        Optional<String> size = headers.firstValue("X-Linked-Size")
                .or(() -> isRedirected ? Optional.empty() : headers.firstValue("Content-Length"))
                .filter(text -> SIZE.matcher(text).matches());
        return new FileFacts(
                commit,
                Etag.of(etag, where),
                size.map(text -> OptionalLong.of(Long.parseLong(text))).orElse(OptionalLong.empty()));
    }

    /** The commit that an answer is about; empty if it doesn't say, or says something else. */
    static Optional<String> commit(HttpHeaders headers) {
        return headers.firstValue("X-Repo-Commit").filter(FileFacts::isCommit);
    }

    static boolean isCommit(String revision) {
        return COMMIT.matcher(revision).matches();
    }

    private static HubException lacking(String header, String where) {
        return new HubException(
                Reason.UNUSABLE_ANSWER,
                where + ": expected an answer of a hub with the header " + header
                        + ", found none (HF_ENDPOINT or a proxy may lead elsewhere)");
    }
}
