package org.diffusion4j.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureReading.Item;

/**
 * Pictures in a folder, or in a .zip, .tar, .tar.gz or .tgz of a folder. They may be in one folder, in one folder per
 * class, or have a {@code metadata.jsonl} or {@code metadata.csv} (with a column {@code file_name} and a label or a text)
 * as in Hugging Face's imagefolder. Each of these may also be inside folders named train, test or validation. A picture's text
 * may also be in a file beside it, {@code NAME.txt} or {@code NAME.caption}, as for kohya's scripts: UTF-8, all of the file,
 * without white space at its ends; an empty file is none. A text in the metadata counts before one in a file, and a {@code .txt}
 * before a {@code .caption}; a note says which were left out.
 *
 * <p>All pictures are decoded once, when the folder is opened, and kept at the wanted size with one byte per value. JPEG
 * (including CMYK), PNG, GIF (the first frame), BMP and WebP are read, whichever of their suffixes the file has. These are
 * left out: files with other suffixes, files and folders whose names begin with a dot, system folders such as {@code
 * __MACOSX} and {@code @eaDir}, the folders of training runs, and a few pictures that are next to the folders of classes or
 * splits; {@link PictureReport#notes} reports them. EXIF's orientation is followed, 16 bits are scaled to 8, transparent
 * parts show {@link PictureOptions#background}, and colour profiles are ignored. Pictures are resized so that they just
 * cover the wanted size (antialiased, by Pillow's linear filter) and cropped; a picture that already has that size isn't
 * changed. A value v becomes v / 127.5 - 1.
 *
 * <p>Before shuffling, the pictures are in the order of their names as Java compares strings, and so are the class folders.
 */
public final class PictureFolder implements PictureSource {
    /** A folder or an archive; null if the pictures come from elsewhere. */
    private final Path path;

    private final PictureOptions options;
    private final List<Item> items;
    private final List<String> classNames;
    private final Map<String, String> captions;
    private final PictureCache cache;
    private final PictureReport report;

    private PictureFolder(
            Path path,
            PictureOptions options,
            List<Item> items,
            List<String> classNames,
            Map<String, String> captions,
            PictureCache cache,
            PictureReport report) {
        this.path = path;
        this.options = options;
        this.items = items;
        this.classNames = classNames;
        this.captions = captions;
        this.cache = cache;
        this.report = report;
    }

    /**
     * Reads all pictures of the split.
     *
     * @param path a folder or an archive
     * @throws Diffusion4jException if there are no pictures, if all pictures in a class's folder have formats that aren't
     *     read, if a name has lost characters in this machine's locale, if more pictures are broken than {@link
     *     PictureOptions#brokenShare} allows, if metadata is damaged or names a picture that doesn't exist, if a picture's text
     *     isn't UTF-8 or has more than 65,536 bytes, or if the archive is damaged
     */
    public static PictureFolder open(Path path, PictureOptions options) {
        return open(path, PictureFiles.open(path, options.excluded()), options);
    }

    /**
     * Reads all pictures of the split from a place that isn't a folder of this machine. They have the names, the order and
     * the {@link #description} that a folder with these files gives.
     *
     * @param store the files
     * @param options how they are read; what it excludes are folders of this machine, of which the store has none
     * @return the pictures
     * @throws Diffusion4jException as for a folder
     */
    public static PictureFolder open(PictureStore store, PictureOptions options) {
        return open(null, StoreFiles.of(store), options);
    }

    private static PictureFolder open(Path path, PictureFiles files, PictureOptions options) {
        PictureLayout layout = PictureLayout.of(files, options);
        Map<String, String> texts = CaptionFiles.read(files, layout.captionFiles());
        long pictureBytes = (long) options.channels() * options.height() * options.width();
        PictureCache cache = new PictureCache(
                options.heapBytes(), pictureBytes * layout.entries().size());
        PictureReading reading = new PictureReading(files, options, layout.entries(), cache);
        try {
            reading.run();
        } finally {
            cache.finish();
        }
        List<Item> items = reading.items();
        Set<String> names = new HashSet<>();
        Map<String, Integer> perClass = new LinkedHashMap<>();
        layout.classNames().forEach(name -> perClass.put(name, 0));
        for (Item item : items) {
            names.add(item.name());
            if (!perClass.isEmpty()) {
                perClass.merge(layout.classNames().get((int) item.label()), 1, Integer::sum);
            }
        }
        Map<String, String> captions = new LinkedHashMap<>(layout.captions());
        captions.putAll(texts);
        captions.keySet().retainAll(names);
        List<String> notes = new ArrayList<>(layout.notes());
        notes.addAll(reading.notes());
        return new PictureFolder(
                path,
                options,
                items,
                layout.classNames(),
                Collections.unmodifiableMap(captions),
                cache,
                new PictureReport(
                        items.size(),
                        Collections.unmodifiableMap(perClass),
                        captions.size(),
                        reading.broken(),
                        layout.withoutRow(),
                        layout.ignored(),
                        List.copyOf(notes)));
    }

    @Override
    public int size() {
        return items.size();
    }

    @Override
    public int channels() {
        return options.channels();
    }

    @Override
    public int height() {
        return options.height();
    }

    @Override
    public int width() {
        return options.width();
    }

    @Override
    public List<String> classNames() {
        return classNames;
    }

    /** {@inheritDoc} With {@link PictureOptions#bucketStep}, one for each size that pictures have; the largest bucket first. */
    @Override
    public List<PictureFolder> buckets() {
        if (options.bucketStep() == 0) {
            return List.of(this);
        }
        BucketSizes sizes = new BucketSizes(options.width(), options.height(), options.bucketStep());
        Map<FittedPictures.Size, List<Item>> bySize = new LinkedHashMap<>();
        sizes.sizes().forEach(size -> bySize.put(size, new ArrayList<>()));
        for (Item item : items) {
            bySize.get(sizes.nearest(item.original().width(), item.original().height()))
                    .add(item);
        }
        List<PictureFolder> buckets = new ArrayList<>();
        bySize.forEach((size, some) -> {
            if (!some.isEmpty()) {
                buckets.add(new PictureFolder(
                        path, options.of(size), List.copyOf(some), classNames, captions, cache, report));
            }
        });
        return List.copyOf(buckets);
    }

    /** {@inheritDoc} Empty if pictures are cropped at random or transformed. */
    @Override
    public Map<String, Framing> framings() {
        if (options.crop() != PictureOptions.Crop.CENTRE || options.transform() != null) {
            return Map.of();
        }
        Map<String, Framing> framings = new LinkedHashMap<>();
        for (Item item : items) {
            FittedPictures.Size original = item.original();
            Fit.Window window = Fit.window(original.width(), original.height(), options);
            framings.put(item.name(), new Framing(original.width(), original.height(), window.left(), window.top()));
        }
        return framings;
    }

    /** The texts of the metadata or of files beside the pictures, by the pictures' names in batches; empty if there are none. */
    public Map<String, String> captions() {
        return captions;
    }

    /** A report of what was found and what was left out. */
    public PictureReport report() {
        return report;
    }

    /** Whether the decoded pictures exceeded the budget on the heap, so that some are in a file. */
    public boolean mapped() {
        return cache.mapped();
    }

    /**
     * {@inheritDoc}
     *
     * @throws Diffusion4jException if one of the folders can't be read
     */
    @Override
    public boolean readsFrom(Path folder) {
        try {
            if (path == null || !Files.isDirectory(path) || !Files.isDirectory(folder)) {
                return false;
            }
            Path root = path.toRealPath();
            Path real = folder.toRealPath();
            String below = PictureFiles.name(root.relativize(real).toString()) + "/";
            return real.equals(root)
                    || (real.startsWith(root)
                            && items.stream().anyMatch(item -> item.name().startsWith(below)));
        } catch (IOException e) {
            throw new Diffusion4jException(folder + ": expected a folder that can be read, found: " + e, e);
        }
    }

    /** How pictures are cropped, flipped and transformed, and a SHA-256 of the pictures before that. */
    @Override
    public Map<String, String> description() {
        Map<String, String> description = new LinkedHashMap<>();
        if (options.bucketStep() != 0) {
            description.put("buckets", "sides are multiples of " + options.bucketStep());
        }
        description.put("crop", options.crop().toString());
        description.put("flip", Boolean.toString(options.flip()));
        description.put("transform", options.transform() == null ? "none" : "some");
        description.put("sha256", sum());
        return description;
    }

    private String sum() {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        for (Item item : items) {
            String head = item.name() + "\n" + item.label() + " " + item.width() + "x" + item.height() + "\n";
            digest.update(head.getBytes(StandardCharsets.UTF_8));
            digest.update(cache.read(item.place(), item.width() * item.height() * options.channels()));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    @Override
    public BatchStream batches(int batchSize, long seed, long first) {
        return batches(batchSize, seed, BatchNumbers.from(first));
    }

    @Override
    public BatchStream batches(int batchSize, long seed, BatchNumbers numbers) {
        List<ParallelBatches.Part> parts = buckets().stream()
                .map(bucket -> new ParallelBatches.Part(bucket, bucket.new Drawn()))
                .toList();
        return new ParallelBatches(parts, options.threads(), batchSize, seed, numbers);
    }

    private final class Drawn implements Drawings {
        @Override
        public void draw(int index, long random, float[] values, int offset) {
            Item item = items.get(index);
            int channels = options.channels();
            Picture picture = new Picture(
                    item.width(),
                    item.height(),
                    channels,
                    cache.read(item.place(), item.width() * item.height() * channels));
            Fit.drawn(picture, options, random, item.name(), values, offset);
        }

        @Override
        public long label(int index) {
            return items.get(index).label();
        }

        @Override
        public String name(int index) {
            return items.get(index).name();
        }
    }
}
