package org.diffusion4j.weights.diffusers;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.diffusion4j.weights.file.FileFault;

/**
 * Diffusers' present parameter names. Before 0.15 those of attention were different. Old files of text encoders also have the
 * numbers of the tokens' places, which are no parameter.
 */
final class WeightNames {
    private static final Pattern OLD_ATTENTION =
            Pattern.compile("(.*\\battentions\\.\\d+\\.)(query|key|value|proj_attn)(\\.(?:weight|bias))");

    private static final String PLACES = "text_model.embeddings.position_ids";

    private static final Map<String, String> PRESENT =
            Map.of("query", "to_q", "key", "to_k", "value", "to_v", "proj_attn", "to_out.0");

    private WeightNames() {}

    /** The present name. */
    static String present(String name) {
        Matcher old = OLD_ATTENTION.matcher(name);
        return old.matches() ? old.group(1) + PRESENT.get(old.group(2)) + old.group(3) : name;
    }

    /**
     * @param file for messages
     * @param names the names in a file
     * @return the file's name of each parameter for its present name
     */
    static Map<String, String> byPresentName(Path file, Set<String> names) {
        Map<String, String> byPresentName = new LinkedHashMap<>();
        for (String name : names) {
            if (name.equals(PLACES)) {
                continue;
            }
            String other = byPresentName.putIfAbsent(present(name), name);
            if (other != null) {
                throw FileFault.in(
                        file,
                        name,
                        "expected a parameter under one name, found it as " + FileFault.quote(other) + " too");
            }
        }
        return byPresentName;
    }
}
