package org.diffusion4j.data;

import static org.diffusion4j.Requirement.require;

import java.util.List;
import java.util.Map;

/**
 * Samples that were computed from pictures, such as an autoencoder's latents, in batches like those of the pictures. Each has one
 * or more variants, such as that of the mirrored picture, of which each epoch takes one by chance.
 *
 * @param channels of a sample
 * @param height of a sample
 * @param width of a sample
 * @param names of the pictures
 * @param labels of the pictures; empty if there are no classes
 * @param classNames the name of label i at index i; empty if there are no classes
 * @param variants how many there are of each, at least 1
 * @param description what the samples depend on
 * @param reader reads them
 */
public record ComputedSamples(
        int channels,
        int height,
        int width,
        List<String> names,
        List<Long> labels,
        List<String> classNames,
        int variants,
        Map<String, String> description,
        Reader reader)
        implements PictureSource {
    /** Reads samples. Several threads use it at once. */
    @FunctionalInterface
    public interface Reader {
        /**
         * Reads a sample.
         *
         * @param index of its picture
         * @param variant from 0
         * @param values gets the numbers, [C, H, W]
         * @param offset of the first
         */
        void read(int index, int variant, float[] values, int offset);
    }

    /** Copies the lists. */
    public ComputedSamples {
        names = List.copyOf(names);
        labels = List.copyOf(labels);
        classNames = List.copyOf(classNames);
        description = Map.copyOf(description);
        require(variants >= 1, "variants", "at least 1", variants);
        require(!names.isEmpty(), "names", "at least one", "none");
        require(labels.isEmpty() || labels.size() == names.size(), "labels", names.size() + " or none", labels.size());
    }

    @Override
    public int size() {
        return names.size();
    }

    @Override
    public BatchStream batches(int batchSize, long seed, long first) {
        return batches(batchSize, seed, BatchNumbers.from(first));
    }

    @Override
    public BatchStream batches(int batchSize, long seed, BatchNumbers numbers) {
        return new ParallelBatches(List.of(part()), 1, batchSize, seed, numbers);
    }

    ParallelBatches.Part part() {
        return new ParallelBatches.Part(this, new Read());
    }

    private final class Read implements Drawings {
        @Override
        public void draw(int index, long random, float[] values, int offset) {
            reader.read(index, (int) Long.remainderUnsigned(random >>> 1, variants), values, offset);
        }

        @Override
        public long label(int index) {
            return labels.isEmpty() ? -1 : labels.get(index);
        }

        @Override
        public String name(int index) {
            return names.get(index);
        }
    }
}
