package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.diffusion4j.weights.torchfile.TorchFile;

/** Files that are broken or hostile: each is refused in a line, or read without what is foreign in it, as the case allows. */
final class TorchHostileCase {
    private static final Duration MOST_TIME = Duration.ofSeconds(5);

    private TorchHostileCase() {}

    static List<Comparison> verify(ReferenceCase reference) {
        List<Comparison> result = new ArrayList<>();
        try (SafetensorsReader expected =
                SafetensorsReader.open(reference.folder().resolve("case.safetensors"))) {
            for (Map.Entry<String, JsonNode> file : reference.setting("files").properties()) {
                long start = System.nanoTime();
                Comparison one = verify(reference.folder(), file.getKey(), file.getValue(), expected);
                boolean quick = System.nanoTime() - start <= MOST_TIME.toNanos();
                result.add(quick ? one : Comparison.failed(file.getKey(), "took more than " + MOST_TIME));
            }
        }
        return result;
    }

    private static Comparison verify(Path folder, String name, JsonNode settings, SafetensorsReader expected) {
        Set<String> allowed = new HashSet<>();
        settings.path("expected").forEach(one -> allowed.add(one.asText()));
        List<Comparison> tensors = new ArrayList<>();
        try (TorchFile file = TorchFile.open(folder.resolve(name))) {
            file.paths().forEach(path -> TensorBits.bytes(file.tensorAt(path)));
            String prefix = name + "/";
            for (String tensor : expected.names()) {
                if (tensor.startsWith(prefix)) {
                    tensors.add(TensorBits.compare(
                            name, file.tensorAt(tensor.substring(prefix.length())), expected.tensor(tensor)));
                }
            }
        } catch (Diffusion4jException e) {
            return allowed.contains("refused")
                    ? new Comparison(name, 0, true, "refused: " + e.getMessage())
                    : Comparison.failed(name, "refused: " + e.getMessage());
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) { // the worst that can be said of a reader
            return Comparison.failed(name, e.toString());
        }
        return allowed.contains("loads") || allowed.contains("ignored")
                ? tensors.isEmpty() ? new Comparison(name, 0, true, "") : Comparison.worst(name, tensors)
                : Comparison.failed(name, "expected it to be refused");
    }
}
