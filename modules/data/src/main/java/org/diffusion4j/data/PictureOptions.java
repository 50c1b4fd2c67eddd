package org.diffusion4j.data;

import static org.diffusion4j.Requirement.requireGiven;

import io.soabase.recordbuilder.core.RecordBuilder;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import org.datavec.image.transform.ImageTransform;
import org.diffusion4j.Progress;

/**
 * How pictures are read.
 *
 * @param height the height of every picture, in pixels
 * @param width the width of every picture, in pixels
 * @param bucketStep 0 for pictures of this height and width; otherwise each gets the size, of about this area, whose proportions are
 *     nearest to its own, with sides that are multiples of this number, from half to twice the side of the square of that area. The
 *     sizes are {@link PictureSource#buckets()}
 * @param grey whether pictures have one channel (ITU-R 601: 0.299 red + 0.587 green + 0.114 blue) in place of three
 * @param crop which part of a picture is kept if its proportions aren't the wanted ones
 * @param flip whether each picture is mirrored left to right with a probability of one half
 * @param classes where a picture's class comes from
 * @param labelColumn the metadata's column that names the class
 * @param captionColumn the metadata's column with a picture's text
 * @param background the colour that is visible where a picture is transparent, 0xRRGGBB
 * @param transform makes a new DataVec transform for each picture that is drawn; null for none. Its generator depends only
 *     on the run's seed, the epoch and the picture. The transform works on the resized picture before the crop (in BGR, as
 *     always in DataVec), and its result is fitted to the wanted size again. It may use the generator that it is given and
 *     ND4J's generator of the thread
 * @param split which folder to read if there are folders named train, test, validation, …
 * @param excluded folders whose pictures are left out if they are inside the one that is read, such as the folder of a run
 * @param brokenShare the share of pictures that may be broken, 0 to 1; broken pictures are left out and named in the
 *     report, and reading fails if there are more
 * @param mostPixels a picture that claims more pixels counts as broken, as does one that would take more than half of the heap
 * @param heapBytes the number of bytes up to which decoded pictures are kept on the heap; further ones are in a temporary
 *     file that is mapped into memory
 * @param threads the number of threads that decode, and that make batches in advance
 * @param progress told, in the thread that opened the pictures, how many have been read, the broken ones too
 */
@RecordBuilder
public record PictureOptions(
        int height,
        int width,
        int bucketStep,
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

    /** Which part of a picture is kept. */
    public enum Crop {
        /** The part in the middle. */
        CENTRE,
        /**
         * A random part along the longer side, drawn anew in each epoch. If a picture is more than four times as long as
         * wanted, the part is within the middle four lengths.
         */
        RANDOM
    }

    /** Where a picture's class comes from. */
    public enum Classes {
        /**
         * The metadata's label column if there is one. Without metadata, the folders, if all pictures are in folders and
         * there are at least two of them. Otherwise there are no classes.
         */
        AUTO,
        /** The folder, inside the split, that contains the picture. */
        FOLDERS,
        /** The metadata's label column. */
        LABELS,
        /** No classes. */
        NONE
    }

    /** Checks all values. */
    public PictureOptions {
        require(height >= 1 && height <= 16384, "height", "1 to 16384", height);
        require(width >= 1 && width <= 16384, "width", "1 to 16384", width);
        require(bucketStep >= 0 && bucketStep <= 16384, "bucketStep", "0 to 16384", bucketStep);
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

    /** The number of channels, 1 or 3. */
    public int channels() {
        return grey ? 1 : 3;
    }

    /** The size that a picture gets, by its own. */
    FittedPictures.Size sizeOf(int pictureWidth, int pictureHeight) {
        return bucketStep == 0
                ? new FittedPictures.Size(width, height)
                : new BucketSizes(width, height, bucketStep).nearest(pictureWidth, pictureHeight);
    }

    /** The same for pictures of one size. */
    PictureOptions of(FittedPictures.Size size) {
        return PictureOptionsBuilder.builder(this)
                .width(size.width())
                .height(size.height())
                .bucketStep(0)
                .build();
    }

    /**
     * A builder with defaults: RGB, cropped in the middle, not flipped, classes as they are found, on white, the split
     * "train", nothing excluded, at most 1 % broken, at most 2^27 pixels, a quarter of the heap, one thread per processor.
     *
     * @param height in pixels
     * @param width in pixels
     * @return a builder, each of whose methods sets the record's component of its name
     */
    public static PictureOptionsBuilder builder(int height, int width) {
        return PictureOptionsBuilder.builder()
                .height(height)
                .width(width)
                .crop(Crop.CENTRE)
                .classes(Classes.AUTO)
                .labelColumn("label")
                .captionColumn("text")
                .background(0xFFFFFF)
                .split("train")
                .excluded(List.of())
                .brokenShare(0.01)
                .mostPixels(1L << 27)
                .heapBytes(Runtime.getRuntime().maxMemory() / 4)
                .threads(Runtime.getRuntime().availableProcessors())
                .progress(Progress.none());
    }
}
