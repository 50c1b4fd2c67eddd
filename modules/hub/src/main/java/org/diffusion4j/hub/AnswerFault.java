package org.diffusion4j.hub;

import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import org.diffusion4j.hub.HubException.Reason;

/** What the hub's refusals mean, which it says in the header {@code X-Error-Code}, and what can be done. */
final class AnswerFault {
    private static final String CODE = "X-Error-Code";
    private static final String MESSAGE = "X-Error-Message";

    private AnswerFault() {}

    /** @param ofList whether it answers a question about the repository, not one about a file */
    static HubException of(HttpResponse<?> answer, RepositoryAt at, String file, boolean ofList) {
        HttpHeaders headers = answer.headers();
        String said = headers.firstValue(MESSAGE).orElse("");
        String where = at + (file.isEmpty() ? "" : ", " + file);
        int status = answer.statusCode();
        return switch (headers.firstValue(CODE).orElse("")) {
            case "RevisionNotFound" ->
                new HubException(Reason.NO_SUCH_REVISION, at + ": expected a branch, a tag or a commit, found no such");
            case "EntryNotFound" -> new HubException(Reason.NO_SUCH_FILE, where + ": expected a file, found none");
            case "GatedRepo" ->
                new HubException(
                        Reason.GATED,
                        at
                                + ": expected a model that is open to you, found one whose terms must be accepted first: do so at"
                                + " https://huggingface.co/" + at.repository() + ", and set HF_TOKEN to your token");
            case "RepoNotFound" -> missing(at);
            default -> {
                boolean hasBadToken = said.startsWith("Invalid credentials");
                if (status == 401 && ofList && !hasBadToken) {
                    yield missing(at);
                }
                if (status == 401 || status == 403) {
                    yield new HubException(
                            Reason.NOT_ALLOWED,
                            where + ": expected to be let in, found "
                                    + (said.isEmpty() ? "the error " + status : "'" + said + "'")
                                    + " (the token is HF_TOKEN, or in the file that 'hf auth login' writes)");
                }
                if (status == 404) {
                    yield ofList
                            ? missing(at)
                            : new HubException(Reason.NO_SUCH_FILE, where + ": expected a file, found none");
                }
                yield new HubException(
                        Reason.UNUSABLE_ANSWER,
                        where + ": expected an answer of the hub, found the status " + status
                                + (said.isEmpty() ? "" : " ('" + said + "')"));
            }
        };
    }

    private static HubException missing(RepositoryAt at) {
        return new HubException(
                Reason.NO_SUCH_REPOSITORY,
                HubName.PREFIX + at.repository()
                        + ": expected a model on the hub, found none of this name (if it is private: set HF_TOKEN to your token)");
    }
}
