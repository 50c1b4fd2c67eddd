package org.diffusion4j.data;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.diffusion4j.Diffusion4jException;

/**
 * Pictures in a folder, or in a .zip, .tar, .tar.gz or .tgz of one: side by side, in a folder for each class, or with a
 * {@code metadata.jsonl} or {@code metadata.csv} (column {@code file_name}, and a label or a text) as Hugging Face's
 * imagefolder has it; each of these also below folders named train, test or validation.
 *
 * <p>All are decoded once, when the folder is opened, and kept at the wanted size, a byte a value. JPEG (CMYK too), PNG,
 * GIF (the first frame), BMP and WebP are read, whatever the suffix says of these. Left out are files of other suffixes,
 * whatever begins with a dot or lies in a folder that does, system folders such as {@code __MACOSX} and {@code @eaDir},
 * the folders of training runs, and the few pictures that lie beside the folders of classes or splits;
 * {@link PictureReport#notes} says so. EXIF's orientation is followed, 16 bits are scaled to 8, what is transparent shows {@link PictureOptions#background}, colour profiles are
 * left alone. A picture that covers the wanted size is resized so that its short side meets it (antialiased, by
 * Pillow's linear filter) and cropped; one that has that size already is left bit for bit: a value v becomes v / 127.5 - 1.
 *
 * <p>The pictures' order before shuffling, and the order of the class folders, is that of their names as Java compares
 * strings.
 */
public final class PictureFolder implements PictureSource {
    /** What a file that waits counts for at least, so that small ones don't wait by the million. */
    private static final int LEAST_KIB = 64;

    private final PictureOptions options;
    private final List<Item> items;
    private final List<String> classNames;
    private final Map<String, String> captions;
    private final PictureCache cache;
    private final PictureReport report;

    /** A picture in the cache. */
    private record Item(String name, long label, long place, int width, int height) {}

    private PictureFolder(
            PictureOptions options,
            List<Item> items,
            List<String> classNames,
            Map<String, String> captions,
            PictureCache cache,
            PictureReport report) {
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
     * @throws Diffusion4jException if there are no pictures, if a class's folder has none of a format that is read but
     *     some of others, if a name has lost characters in this machine's locale, if more are broken than {@link PictureOptions#brokenShare}
     *     allows, if metadata is damaged or names what is not there, or if the archive is damaged
     */
    public static PictureFolder open(Path path, PictureOptions options) {
        return open(PictureFiles.open(path, options.excluded()), options);
    }

    static PictureFolder open(PictureFiles files, PictureOptions options) {
        PictureLayout layout = PictureLayout.of(files, options);
        List<PictureLayout.Entry> entries = layout.entries();
        Map<String, Integer> places = new LinkedHashMap<>();
        for (int i = 0; i < entries.size(); i++) {
            places.put(entries.get(i).name(), i);
        }
        long pictureBytes = (long) options.channels() * options.height() * options.width();
        PictureCache cache = new PictureCache(options.heapBytes(), pictureBytes * entries.size());
        Item[] items = new Item[entries.size()];
        List<PictureReport.Broken> broken = Collections.synchronizedList(new ArrayList<>());
        Conversions conversions = new Conversions(options, entries.size());
        try {
            decode(files, options, entries, places, cache, items, broken, conversions);
        } finally {
            cache.finish();
        }
        broken.sort((a, b) -> a.name().compareTo(b.name()));
        return checked(files, options, layout, cache, items, broken, conversions);
    }

    private static void decode(
            PictureFiles files,
            PictureOptions options,
            List<PictureLayout.Entry> entries,
            Map<String, Integer> places,
            PictureCache cache,
            Item[] items,
            List<PictureReport.Broken> broken,
            Conversions conversions) {
        PictureDecoder decoder = new PictureDecoder(options.channels(), options.background(), options.mostPixels());
        ExecutorService threads = Executors.newFixedThreadPool(options.threads(), PictureThread::new);
        // KiB of files that wait for a thread: an archive's are in memory by then.
        int room = (int) Math.min(Integer.MAX_VALUE, Runtime.getRuntime().maxMemory() / 4 / 1024);
        Semaphore waiting = new Semaphore(room);
        AtomicInteger done = new AtomicInteger();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        try {
            files.read(places.keySet(), (name, size, content) -> {
                int kib = (int) Math.min(room, Math.max(LEAST_KIB, size / 1024 + 1));
                waiting.acquire(kib);
                options.progress().read(done.get(), entries.size());
                threads.execute(() -> {
                    int i = places.get(name);
                    try {
                        byte[] file = content.bytes();
                        Picture decoded = decoder.decode(file);
                        conversions.add(i, file, decoded);
                        Picture picture = Fit.kept(decoded, options);
                        items[i] = new Item(
                                name,
                                entries.get(i).label(),
                                cache.append(picture.data()),
                                picture.width(),
                                picture.height());
                    } catch (java.io.IOException | BrokenPictureException e) {
                        broken.add(new PictureReport.Broken(name, String.valueOf(e.getMessage())));
                    } catch (InterruptedException | RuntimeException | Error e) {
                        failure.compareAndSet(null, e);
                    } finally {
                        done.incrementAndGet();
                        waiting.release(kib);
                    }
                });
                if (failure.get() != null) {
                    throw new InterruptedException();
                }
            });
            threads.shutdown();
            while (!threads.awaitTermination(200, TimeUnit.MILLISECONDS)) {
                options.progress().read(done.get(), entries.size());
            }
        } catch (InterruptedException e) {
            if (failure.get() == null) {
                Thread.currentThread().interrupt();
                throw new Diffusion4jException(files.place() + ": interrupted while reading pictures", e);
            }
        } finally {
            threads.shutdownNow();
        }
        if (failure.get() instanceof Error error) {
            throw error;
        } else if (failure.get() instanceof RuntimeException unexpected) {
            throw unexpected;
        }
        options.progress().read(done.get(), entries.size());
    }

    private static PictureFolder checked(
            PictureFiles files,
            PictureOptions options,
            PictureLayout layout,
            PictureCache cache,
            Item[] all,
            List<PictureReport.Broken> broken,
            Conversions conversions) {
        if (broken.size() > options.brokenShare() * all.length || broken.size() == all.length) {
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "%s: expected at most %.4g %% broken pictures (brokenShare), found %d of %d: %s",
                    files.place(),
                    100 * options.brokenShare(),
                    broken.size(),
                    all.length,
                    PictureReport.list(broken)));
        }
        List<Item> items = new ArrayList<>();
        Set<String> names = new HashSet<>();
        Map<String, Integer> perClass = new LinkedHashMap<>();
        layout.classNames().forEach(name -> perClass.put(name, 0));
        for (Item item : all) {
            if (item != null) {
                items.add(item);
                names.add(item.name());
                if (!perClass.isEmpty()) {
                    perClass.merge(layout.classNames().get((int) item.label()), 1, Integer::sum);
                }
            }
        }
        Map<String, String> captions = new LinkedHashMap<>(layout.captions());
        captions.keySet().retainAll(names);
        List<String> notes = new ArrayList<>(layout.notes());
        notes.addAll(conversions.notes());
        return new PictureFolder(
                options,
                List.copyOf(items),
                layout.classNames(),
                Collections.unmodifiableMap(captions),
                cache,
                new PictureReport(
                        items.size(),
                        Collections.unmodifiableMap(perClass),
                        captions.size(),
                        List.copyOf(broken),
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

    /** The metadata's texts, by the names that batches have; empty where there are none. */
    public Map<String, String> captions() {
        return captions;
    }

    /** What was found, and what was left out. */
    public PictureReport report() {
        return report;
    }

    /** Whether the decoded pictures were more than the heap's budget, so that some lie in a file. */
    public boolean mapped() {
        return cache.mapped();
    }

    /** How pictures are cropped, flipped and transformed, and a SHA-256 of what they are before that. */
    @Override
    public Map<String, String> description() {
        Map<String, String> description = new LinkedHashMap<>();
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
        return new ParallelBatches(this, new Drawn(), options.threads(), batchSize, seed, first);
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
