package org.diffusion4j.pipeline.prompt;

import static org.diffusion4j.Requirement.require;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.diffusion4j.weights.embedding.TextualInversion;
import org.diffusion4j.weights.lora.LoraFile;
import org.diffusion4j.weights.lora.LoraForm;
import org.diffusion4j.weights.lora.LoraSet;
import org.diffusion4j.weights.lora.ScaledLora;

/**
 * What is added to a model while it draws: adapters and learned words. The model's own files stay as they are. A change of a scale
 * costs nothing, as weights are only read when pictures are drawn.
 *
 * @param loras the adapters, all of which act together
 * @param form how they act
 * @param words the learned words
 */
public record Additions(List<Lora> loras, LoraForm form, List<Word> words) {
    /** Nothing is added. */
    public static final Additions NONE = new Additions(List.of(), LoraForm.MERGED, List.of());

    /**
     * An adapter.
     *
     * @param file its file
     * @param scale how strongly it acts: 1 as it was trained, 0 not at all
     */
    public record Lora(Path file, double scale) {
        /** Checks the scale. */
        public Lora {
            require(Double.isFinite(scale), "lora scale", "a finite number", scale);
        }
    }

    /**
     * A learned word (textual inversion).
     *
     * @param file its file
     * @param text what stands for it in a prompt; null for the name that the file gives it
     */
    public record Word(Path file, String text) {}

    /** Copies the lists. */
    public Additions {
        loras = List.copyOf(loras);
        words = List.copyOf(words);
    }

    /**
     * These and one more adapter.
     *
     * @param file its file
     * @param scale how strongly it acts: 1 as it was trained
     * @return new additions
     */
    public Additions lora(Path file, double scale) {
        List<Lora> more = new ArrayList<>(loras);
        more.add(new Lora(file, scale));
        return new Additions(more, form, words);
    }

    /**
     * These with the adapters in another form, which gives the same pictures up to rounding.
     *
     * @param other such as {@link LoraForm#BRANCHES}
     * @return new additions
     */
    public Additions form(LoraForm other) {
        return new Additions(loras, other, words);
    }

    /**
     * These and one more learned word.
     *
     * @param file its file
     * @param text what stands for it in a prompt; null for the name that the file gives it
     * @return new additions
     */
    public Additions word(Path file, String text) {
        List<Word> more = new ArrayList<>(words);
        more.add(new Word(file, text));
        return new Additions(loras, form, more);
    }

    /**
     * Opens the adapters.
     *
     * @return the adapters, which the caller closes
     * @throws org.diffusion4j.Diffusion4jException if one can't be read
     */
    public LoraSet open() {
        List<ScaledLora> open = new ArrayList<>();
        boolean good = false;
        try {
            for (Lora lora : loras) {
                open.add(new ScaledLora(LoraFile.open(lora.file()), lora.scale()));
            }
            good = true;
        } finally {
            if (!good) {
                open.forEach(each -> each.file().close());
            }
        }
        return new LoraSet(open);
    }

    /** Reads the learned words. */
    List<TextualInversion> read() {
        return words.stream()
                .map(word -> TextualInversion.read(word.file(), word.text()))
                .toList();
    }

    /** What is added, in words, by the names of the command line's options. */
    Map<String, String> settings() {
        Map<String, String> settings = new TreeMap<>();
        if (!loras.isEmpty()) {
            settings.put(
                    "lora",
                    loras.stream()
                            .map(lora -> lora.file().getFileName() + ":" + lora.scale())
                            .collect(Collectors.joining(", ")));
        }
        if (!words.isEmpty()) {
            settings.put(
                    "embedding",
                    words.stream()
                            .map(word -> word.file().getFileName() + (word.text() == null ? "" : ":" + word.text()))
                            .collect(Collectors.joining(", ")));
        }
        return settings;
    }
}
