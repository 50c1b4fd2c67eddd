package org.diffusion4j.data;

import static org.diffusion4j.Requirement.requireGiven;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import org.datavec.image.transform.ImageTransform;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.Progress;

/**
 * How pictures are read.
 *
 * @param height of every picture, in pixels
 * @param width of every picture, in pixels
 * @param grey one channel (by ITU-R 601: 0.299 red + 0.587 green + 0.114 blue) in place of three
 * @param crop which part is kept of a picture that is longer than the wanted shape
 * @param flip mirrors left and right with a probability of one half
 * @param classes where a picture's class comes from
 * @param labelColumn the metadata's column that names the class
 * @param captionColumn the metadata's column with a picture's text
 * @param background what shows through where a picture is transparent, 0xRRGGBB
 * @param transform makes a DataVec transform anew for each picture that is drawn, with a generator that is a function
 *     of the run's seed, the epoch and the picture; or null. It works on the resized picture before the crop (in BGR,
 *     as all in DataVec); what it gives is fitted to the wanted size again. It may use the generator that it is given
 *     and ND4J's, which is the thread's own
 * @param split where there are folders named train, test, validation, …: the one to read
 * @param excluded folders whose pictures are left out where they lie below the one that is read, such as a run's own
 * @param brokenShare the share of pictures that may be broken (they are left out and named in the report), 0 to 1; the
 *     reading ends where more are found
 * @param mostPixels a picture that claims more is broken; none is read that would take more than half of the heap
 * @param heapBytes decoded pictures are kept on the heap up to so many bytes, and beyond in a temporary file that is
 *     mapped into memory
 * @param threads that decode, and that make batches ahead
 * @param progress told, in the thread that opened the pictures, how many have been read, the broken ones too
 */
public record PictureOptions(
        int height,
        int width,
        boolean grey,
        Crop crop,
        boolean flip,
        Classes classes,
        String labelColumn,
        String captionColumn,
        int background,
        Function<Random, ImageTransform> transform,
        String split,
        List<Path> excluded,
        double brokenShare,
        long mostPixels,
        long heapBytes,
        int threads,
        Progress progress) {

    /** Which part is kept. */
    public enum Crop {
        /** The middle. */
        CENTRE,
        /**
         * A place drawn anew in each epoch, along the longer side. Of a picture more than four times as long as wanted,
         * the middle four lengths.
         */
        RANDOM
    }

    /** Where a picture's class comes from. */
    public enum Classes {
        /**
         * The metadata's label column where there is one; without metadata, the folders, where all pictures lie in
         * folders and these are two or more; otherwise there are no classes.
         */
        AUTO,
        /** The folder, below the split, that a picture is in. */
        FOLDERS,
        /** The metadata's label column. */
        LABELS,
        /** There are none. */
        NONE
    }

    /** Checks all values. */
    public PictureOptions {
        require(height >= 1 && height <= 16384, "height", "1 to 16384", height);
        require(width >= 1 && width <= 16384, "width", "1 to 16384", width);
        Objects.requireNonNull(crop, "crop");
        Objects.requireNonNull(classes, "classes");
        Objects.requireNonNull(labelColumn, "labelColumn");
        Objects.requireNonNull(captionColumn, "captionColumn");
        Objects.requireNonNull(split, "split");
        excluded = List.copyOf(excluded);
        Objects.requireNonNull(progress, "progress");
        require(background >= 0 && background <= 0xFFFFFF, "background", "0x000000 to 0xFFFFFF", background);
        require(brokenShare >= 0 && brokenShare <= 1, "brokenShare", "0 to 1", brokenShare);
        require(mostPixels >= 1, "mostPixels", "at least 1", mostPixels);
        require(heapBytes >= 0, "heapBytes", "at least 0", heapBytes);
        require(threads >= 1 && threads <= 1024, "threads", "1 to 1024", threads);
    }

    private static void require(boolean holds, String option, String expected, Object found) {
        requireGiven(holds, "pictures, option " + option, expected, found);
    }

    /** 1 or 3. */
    public int channels() {
        return grey ? 1 : 3;
    }

    /**
     * RGB, cropped in the middle, not flipped, classes as they are found, on white, the split "train", nothing excluded, at most
     * 1 % broken, at most 2^27 pixels, a quarter of the heap, a thread a processor.
     *
     * @param height in pixels
     * @param width in pixels
     */
    public static Builder builder(int height, int width) {
        return new Builder(height, width);
    }

    /** Options by name; each method sets the record's component of its name. */
    public static final class Builder {
        private final int height;
        private final int width;
        private boolean grey;
        private Crop crop = Crop.CENTRE;
        private boolean flip;
        private Classes classes = Classes.AUTO;
        private String labelColumn = "label";
        private String captionColumn = "text";
        private int background = 0xFFFFFF;
        private Function<Random, ImageTransform> transform;
        private String split = "train";
        private List<Path> excluded = List.of();
        private double brokenShare = 0.01;
        private long mostPixels = 1L << 27;
        private long heapBytes = Runtime.getRuntime().maxMemory() / 4;
        private int threads = Runtime.getRuntime().availableProcessors();
        private Progress progress = Progress.none();

        private Builder(int height, int width) {
            this.height = height;
            this.width = width;
        }

        public Builder grey(boolean grey) {
            this.grey = grey;
            return this;
        }

        public Builder crop(Crop crop) {
            this.crop = crop;
            return this;
        }

        public Builder flip(boolean flip) {
            this.flip = flip;
            return this;
        }

        public Builder classes(Classes classes) {
            this.classes = classes;
            return this;
        }

        public Builder labelColumn(String labelColumn) {
            this.labelColumn = labelColumn;
            return this;
        }

        public Builder captionColumn(String captionColumn) {
            this.captionColumn = captionColumn;
            return this;
        }

        public Builder background(int background) {
            this.background = background;
            return this;
        }

        public Builder transform(Function<Random, ImageTransform> transform) {
            this.transform = transform;
            return this;
        }

        public Builder split(String split) {
            this.split = split;
            return this;
        }

        public Builder excluded(Collection<Path> excluded) {
            this.excluded = List.copyOf(excluded);
            return this;
        }

        public Builder brokenShare(double brokenShare) {
            this.brokenShare = brokenShare;
            return this;
        }

        public Builder mostPixels(long mostPixels) {
            this.mostPixels = mostPixels;
            return this;
        }

        public Builder heapBytes(long heapBytes) {
            this.heapBytes = heapBytes;
            return this;
        }

        public Builder threads(int threads) {
            this.threads = threads;
            return this;
        }

        public Builder progress(Progress progress) {
            this.progress = progress;
            return this;
        }

        /** @throws Diffusion4jException if a value is out of its range */
        public PictureOptions build() {
            return new PictureOptions(
                    height,
                    width,
                    grey,
                    crop,
                    flip,
                    classes,
                    labelColumn,
                    captionColumn,
                    background,
                    transform,
                    split,
                    excluded,
                    brokenShare,
                    mostPixels,
                    heapBytes,
                    threads,
                    progress);
        }
    }
}
