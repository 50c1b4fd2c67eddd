package org.diffusion4j.hub;

import static org.diffusion4j.Requirement.requireGiven;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of a model on the hub: {@code hf:owner/name[@revision][#variant]}.
 *
 * @param repository {@code owner/name}, or only a name, as a few old ones have
 * @param revision a branch, a tag or a commit of 40 digits; {@code main} if none was given
 * @param variant which of several files of the same weights, such as {@code fp16}; empty for the default
 */
public record HubName(String repository, String revision, Optional<String> variant) {
    /** What such names begin with. */
    public static final String PREFIX = "hf:";

    /** The branch that is meant if none is given. */
    public static final String DEFAULT_REVISION = "main";

    /** As the hub has them: 96 letters, digits, '-', '_' and '.' each, neither '-' nor '.' at an end. */
    private static final Pattern PART = Pattern.compile("\\w(?:[\\w.-]{0,94}\\w)?");

    private static final Pattern VARIANT = Pattern.compile("[\\w-]{1,64}");

    /** @throws org.diffusion4j.Diffusion4jException if a part isn't as the hub has it, or could leave the cache */
    public HubName {
        checkRepository(repository);
        checkRevision(repository, revision);
        requireGiven(
                variant.isEmpty() || VARIANT.matcher(variant.get()).matches(),
                PREFIX + repository,
                "a variant of letters, digits, '-' and '_' after '#'",
                "'" + variant.orElse("") + "'");
    }

    /**
     * Whether a text is meant as such a name.
     *
     * @param text any text
     * @return whether it begins with {@code hf:}
     */
    public static boolean isOne(String text) {
        return text.startsWith(PREFIX);
    }

    /**
     * Reads a name.
     *
     * @param text {@code hf:owner/name[@revision][#variant]}
     * @return the name
     * @throws org.diffusion4j.Diffusion4jException if it isn't one; the message says how they look
     */
    public static HubName parse(String text) {
        requireGiven(isOne(text), "model", "hf:owner/name[@revision][#variant]", "'" + text + "'");
        String rest = text.substring(PREFIX.length());
        int hash = rest.indexOf('#');
        Optional<String> variant = hash < 0 ? Optional.empty() : Optional.of(rest.substring(hash + 1));
        rest = hash < 0 ? rest : rest.substring(0, hash);
        int at = rest.indexOf('@');
        String revision = at < 0 ? DEFAULT_REVISION : rest.substring(at + 1);
        return new HubName(at < 0 ? rest : rest.substring(0, at), revision, variant);
    }

    static void checkRepository(String repository) {
        String[] parts = repository.split("/", -1);
        boolean holds = parts.length <= 2
                && !repository.contains("--")
                && !repository.contains("..")
                && !repository.endsWith(".git");
        for (String part : parts) {
            holds &= PART.matcher(part).matches();
        }
        requireGiven(
                holds,
                "model",
                "hf:owner/name[@revision][#variant] with letters, digits, '-', '_' and '.' in owner and name",
                "'" + PREFIX + repository + "'");
    }

    static void checkRevision(String repository, String revision) {
        requireGiven(
                PathInRepository.isOne(revision) && revision.length() <= 255,
                PREFIX + repository,
                "a revision (a branch, a tag or a commit)",
                "'" + revision + "'");
    }

    /** The name as it is given. */
    @Override
    public String toString() {
        return described(repository, revision) + variant.map(each -> "#" + each).orElse("");
    }

    static String described(String repository, String revision) {
        return PREFIX + repository + (revision.equals(DEFAULT_REVISION) ? "" : "@" + revision);
    }
}
