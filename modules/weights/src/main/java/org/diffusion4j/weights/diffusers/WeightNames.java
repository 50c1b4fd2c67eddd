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
 * numbers of the tokens' places, which are no parameter; new ones, of transformers 5.6 and later, leave out what all names began with.
 */
final class WeightNames {
    private static final Pattern OLD_ATTENTION =
            Pattern.compile("(.*\\battentions\\.\\d+\\.)(query|key|value|proj_attn)(\\.(?:weight|bias))");

    private static final String TEXT_PREFIX = "text_model.";
    private static final Pattern WITHOUT_PREFIX = Pattern.compile("(embeddings|encoder|final_layer_norm)\\..*");
    private static final String PLACES = TEXT_PREFIX + "embeddings.position_ids";

    private static final Map<String, String> PRESENT =
            Map.of("query", "to_q", "key", "to_k", "value", "to_v", "proj_attn", "to_out.0");

    private WeightNames() {}

    /** The name that a parameter has here. */
    static String present(String name, WeightLayout layout) {
        return switch (layout) {
            case DIFFUSERS -> ofDiffusers(name);
            case TRANSFORMERS -> WITHOUT_PREFIX.matcher(name).matches() ? TEXT_PREFIX + name : name;
            case GUIDED_DIFFUSION -> name;
        };
    }

    private static String ofDiffusers(String name) {
        Matcher old = OLD_ATTENTION.matcher(name);
        return old.matches() ? old.group(1) + PRESENT.get(old.group(2)) + old.group(3) : name;
    }

    /**
     * @param file for messages
     * @param names the names in a file
     * @param layout the library that the network is of
     * @return the file's name of each parameter for its present name
     */
    static Map<String, String> byPresentName(Path file, Set<String> names, WeightLayout layout) {
        Map<String, String> byPresentName = new LinkedHashMap<>();
        for (String name : names) {
            String present = present(name, layout);
            if (present.equals(PLACES)) {
                continue;
            }
            String other = byPresentName.putIfAbsent(present, name);
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
