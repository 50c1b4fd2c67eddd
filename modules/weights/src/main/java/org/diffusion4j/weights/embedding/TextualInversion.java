package org.diffusion4j.weights.embedding;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.diffusion4j.weights.tensor.FileTensor;
import org.diffusion4j.weights.tensor.TensorFile;
import org.diffusion4j.weights.torchfile.TorchFile;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A word that was learned for one or two text encoders, whose vectors stand in place of those of tokens. A file has them under the
 * word's own name (diffusers), as {@code emb_params}, as {@code string_to_param} beside a name (AUTOMATIC1111's web interface), or as
 * {@code clip_l} and {@code clip_g} for the two encoders of Stable Diffusion XL.
 *
 * @param file where it was read from, for messages
 * @param word the text that stands for it in a prompt
 * @param vectors one vector for each token, [tokens, width], by the name of the encoder that they are for; by an empty name if the
 *     file doesn't say so
 */
public record TextualInversion(Path file, String word, Map<String, INDArray> vectors) {
    private static final String NAMELESS = "emb_params";
    private static final Map<String, String> ENCODERS =
            Map.of("clip_l", PipelineFolder.TEXT_ENCODER, "clip_g", PipelineFolder.TEXT_ENCODER_2);
    /** Where the web interface's torch files have the vectors: a dict with one key. */
    private static final String WEB_VECTORS = "string_to_param";

    private static final String ANY = "*";

    /** Copies the map. */
    public TextualInversion {
        vectors = Map.copyOf(vectors);
    }

    /**
     * Reads a learned word.
     *
     * @param path a safetensors file or one of torch.save
     * @param word the text that stands for it in a prompt; null for the file's own or, where it has none, the file's name
     * @return the word
     * @throws Diffusion4jException if it can't be read, or isn't a learned word; the message names the tensor
     */
    public static TextualInversion read(Path path, String word) {
        if (TorchFile.recognises(path)) {
            return readTorch(path, word);
        }
        try (SafetensorsReader reader = SafetensorsReader.open(path)) {
            return of(reader, null, word);
        }
    }

    private static TextualInversion readTorch(Path path, String word) {
        try (TorchFile file = TorchFile.open(path)) {
            boolean ofTheWeb = file.paths().stream().anyMatch(tensor -> tensor.startsWith(WEB_VECTORS + "/"));
            if (!ofTheWeb) {
                return of(file, null, word);
            }
            String name = file.plain().get("name") instanceof String text && !text.isBlank() ? text : null;
            try (TorchFile vectors = TorchFile.open(path, WEB_VECTORS)) {
                return of(vectors, name, word);
            }
        }
    }

    /**
     * Reads a learned word of an open file.
     *
     * @param file the file
     * @param name the name that the file gives it beside the tensors; null if there is none
     * @param word as for {@link #read}
     * @return the word, which doesn't need the file any more
     * @throws Diffusion4jException as for {@link #read}
     */
    public static TextualInversion of(TensorFile file, String name, String word) {
        Set<String> names = file.names();
        Map<String, INDArray> vectors = new LinkedHashMap<>();
        String own = name;
        for (String tensor : names) {
            if (ENCODERS.containsKey(tensor)) {
                vectors.put(ENCODERS.get(tensor), vectors(file.tensor(tensor)));
            } else if (names.size() == 1) {
                vectors.put("", vectors(file.tensor(tensor)));
                if (!tensor.equals(NAMELESS) && !tensor.equals(ANY)) {
                    own = tensor;
                }
            } else {
                throw FileFault.in(
                        file.path(),
                        tensor,
                        "expected a learned word: one tensor, or clip_l and clip_g, found this one");
            }
        }
        if (vectors.isEmpty()) {
            throw FileFault.in(file.path(), "expected a learned word's tensor, found none");
        }
        return new TextualInversion(file.path(), word != null ? word : own != null ? own : stem(file.path()), vectors);
    }

    private static String stem(Path path) {
        String name = path.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }

    private static INDArray vectors(FileTensor tensor) {
        long[] shape = tensor.shape();
        if (shape.length < 1 || shape.length > 2 || tensor.length() == 0) {
            throw FileFault.in(
                    tensor.file().path(),
                    tensor.name(),
                    "expected a vector for each token, [tokens, width], found " + Arrays.toString(shape));
        }
        if (!tensor.isFinite()) {
            throw FileFault.in(tensor.file().path(), tensor.name(), "expected finite numbers, found others");
        }
        INDArray array = tensor.floats();
        return array.reshape('c', array.length() / array.size(-1), array.size(-1));
    }

    /**
     * The vectors for one of a model's text encoders.
     *
     * @param encoder the encoder's name in the pipeline
     * @param width the width of its tokens' vectors
     * @return [tokens, width]; empty if the word isn't for this encoder
     * @throws Diffusion4jException if the file names the encoder, but has vectors of another width
     */
    public Optional<INDArray> of(String encoder, int width) {
        INDArray own = vectors.get(encoder);
        if (own != null && own.size(1) != width) {
            throw FileFault.in(file, "expected vectors of " + width + " for " + encoder + ", found " + own.size(1));
        }
        INDArray any = vectors.get("");
        return own != null ? Optional.of(own) : Optional.ofNullable(any).filter(array -> array.size(1) == width);
    }

    /**
     * Checks that a model has all encoders that the file names.
     *
     * @param encoders the encoders' names in the pipeline
     * @throws Diffusion4jException if it lacks one; the message names both
     */
    public void requireEncoders(Set<String> encoders) {
        ENCODERS.forEach((tensor, encoder) -> {
            if (vectors.containsKey(encoder) && !encoders.contains(encoder)) {
                throw FileFault.in(
                        file,
                        tensor,
                        "expected vectors for this model's " + String.join(" or ", new TreeSet<>(encoders))
                                + ", found those for " + encoder + ": the word is one of another model");
            }
        });
    }

    /**
     * The widths of the vectors.
     *
     * @return such as {@code 768, 1280}
     */
    public String widths() {
        return vectors.values().stream()
                .map(array -> Long.toString(array.size(1)))
                .sorted()
                .collect(Collectors.joining(", "));
    }
}
