package org.diffusion4j.server.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.diffusion4j.server.model.ModelTraits;

/** What stands for a prompt with a model that draws no texts, for clients that know nothing but prompts. */
public final class ClassWords {
    private ClassWords() {}

    /**
     * Finds the classes that a prompt names.
     *
     * @param prompt such as {@code 0-9}, {@code cat,dog} or {@code a cat beside a dog}
     * @param traits a model that draws by classes or by none
     * @return classes as a {@link org.diffusion4j.server.model.DrawRequest} has them; null if the model has none
     * @throws Fault if the model has classes, and the prompt names none of them
     */
    public static String of(String prompt, ModelTraits traits) {
        if (traits.kind() == ModelTraits.Kind.UNCONDITIONAL) {
            return null;
        }
        String text = prompt == null ? "" : prompt.strip();
        if (text.matches("[\\w.]+(\\s*[-,]\\s*[\\w.]+)*") && hasName(text.split("[-,\\s]+")[0], traits)) {
            return text;
        }
        List<String> named = new ArrayList<>();
        for (String word : text.split("[^\\p{L}\\p{N}]+")) {
            if (hasName(word, traits) && !named.contains(word)) {
                named.add(word);
            }
        }
        if (named.isEmpty() && !text.isEmpty()) {
            List<String> names = traits.classes().stream()
                    .map(ModelTraits.ClassName::name)
                    .limit(12)
                    .toList();
            throw Fault.of(
                    "prompt",
                    "one of the classes that the model draws (" + String.join(", ", names)
                            + (traits.classes().size() > names.size() ? ", …" : "") + ")",
                    "none of them");
        }
        return text.isEmpty() ? null : String.join(",", named);
    }

    private static boolean hasName(String word, ModelTraits traits) {
        return traits.classes().stream()
                .anyMatch(one -> one.name().toLowerCase(Locale.ROOT).equals(word.toLowerCase(Locale.ROOT)));
    }
}
