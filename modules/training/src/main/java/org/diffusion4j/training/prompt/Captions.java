package org.diffusion4j.training.prompt;

import static org.diffusion4j.Requirement.requireGiven;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.file.Sha256;

/**
 * The texts of pictures.
 *
 * @param byName the text of each picture by its name in batches
 * @param otherwise the text of a picture that has none of its own; null if each must have one
 */
public record Captions(Map<String, String> byName, String otherwise) {
    /** Copies the map. */
    public Captions {
        byName = Map.copyOf(byName);
    }

    /**
     * A picture's text.
     *
     * @param name the picture's name in its batch
     * @return its own text, or the one for pictures without one
     * @throws Diffusion4jException if there is neither
     */
    public String of(String name) {
        String own = byName.getOrDefault(name, otherwise);
        requireGiven(own != null, name, "a caption", "none");
        return own;
    }

    /** All texts, each once, in order. */
    List<String> distinct() {
        return List.copyOf(new TreeSet<>(Stream.concat(byName.values().stream(), Stream.ofNullable(otherwise))
                .toList()));
    }

    /** The SHA-256 of names and texts. */
    String sum() {
        MessageDigest digest = Sha256.digest();
        new TreeMap<>(byName)
                .forEach((name, text) -> digest.update((name + "\0" + text + "\0").getBytes(StandardCharsets.UTF_8)));
        digest.update(String.valueOf(otherwise).getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest.digest());
    }
}
