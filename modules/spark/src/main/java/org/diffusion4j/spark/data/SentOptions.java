package org.diffusion4j.spark.data;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.datavec.image.transform.ImageTransform;
import org.diffusion4j.data.PictureOptions;

/**
 * How pictures are read, on its way to executors. There, no more memory and threads are taken than there are, and no progress is
 * told.
 */
record SentOptions(
        int height,
        int width,
        boolean grey,
        PictureOptions.Crop crop,
        boolean flip,
        PictureOptions.Classes classes,
        String labelColumn,
        String captionColumn,
        int background,
        Function<Random, ImageTransform> transform,
        String split,
        List<String> excluded,
        double brokenShare,
        long mostPixels,
        long heapBytes,
        int threads)
        implements Serializable {

    /** @throws IllegalArgumentException if the transform can't be sent */
    static SentOptions of(PictureOptions options) {
        if (options.transform() != null && !(options.transform() instanceof Serializable)) {
            throw new IllegalArgumentException(
                    "pictures, option transform: expected one that is Serializable, as executors make their own, found "
                            + options.transform().getClass().getName());
        }
        return new SentOptions(
                options.height(),
                options.width(),
                options.grey(),
                options.crop(),
                options.flip(),
                options.classes(),
                options.labelColumn(),
                options.captionColumn(),
                options.background(),
                options.transform(),
                options.split(),
                options.excluded().stream().map(Path::toString).toList(),
                options.brokenShare(),
                options.mostPixels(),
                options.heapBytes(),
                options.threads());
    }

    PictureOptions options() {
        Runtime here = Runtime.getRuntime();
        return PictureOptions.builder(height, width)
                .grey(grey)
                .crop(crop)
                .flip(flip)
                .classes(classes)
                .labelColumn(labelColumn)
                .captionColumn(captionColumn)
                .background(background)
                .transform(transform)
                .split(split)
                .excluded(excluded.stream().map(Path::of).toList())
                .brokenShare(brokenShare)
                .mostPixels(mostPixels)
                .heapBytes(Math.min(heapBytes, here.maxMemory() / 4))
                .threads(Math.min(threads, here.availableProcessors()))
                .build();
    }
}
