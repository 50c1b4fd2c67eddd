package org.diffusion4j.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.diffusion4j.Diffusion4jException;

/** Decodes pictures into a cache with several threads. Too many broken pictures end the reading at once. */
final class PictureReading {
    /** The least size for which a waiting file counts, so that millions of small files don't wait at once. */
    private static final int LEAST_KIB = 64;
    /** If there are too many broken pictures, reading continues until this many are found, which a message can name, */
    private static final int NAMED = 5;
    /** but no longer than for this many pictures. */
    private static final int JUDGED_AFTER = 1000;

    private final PictureFiles files;
    private final PictureOptions options;
    private final List<PictureLayout.Entry> entries;
    private final PictureCache cache;
    private final PictureDecoder decoder;
    private final Conversions conversions;
    private final Map<String, Integer> places = new HashMap<>();
    private final Item[] items;
    private final List<PictureReport.Broken> broken = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger done = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    /**
     * A picture in the cache.
     *
     * @param original the size that it had, upright
     */
    record Item(String name, long label, long place, int width, int height, FittedPictures.Size original) {}

    PictureReading(PictureFiles files, PictureOptions options, List<PictureLayout.Entry> entries, PictureCache cache) {
        this.files = files;
        this.options = options;
        this.entries = entries;
        this.cache = cache;
        this.decoder = new PictureDecoder(options.channels(), options.background(), options.mostPixels());
        this.conversions = new Conversions(options, entries.size());
        for (int i = 0; i < entries.size(); i++) {
            places.put(entries.get(i).name(), i);
        }
        this.items = new Item[entries.size()];
    }

    /**
     * Reads all pictures.
     *
     * @throws Diffusion4jException if too many pictures are broken
     */
    void run() {
        ExecutorService threads = Executors.newFixedThreadPool(options.threads(), PictureThread::new);
        // The KiB of files that wait for a thread; those of an archive are in memory by then.
        int room = (int) Math.min(Integer.MAX_VALUE, Runtime.getRuntime().maxMemory() / 4 / 1024);
        Semaphore waiting = new Semaphore(room);
        try {
            files.read(places.keySet(), (name, size, content) -> {
                int kib = (int) Math.min(room, Math.max(LEAST_KIB, size / 1024 + 1));
                waiting.acquire(kib);
                goOn();
                threads.execute(() -> {
                    decode(name, content);
                    waiting.release(kib);
                });
            });
            threads.shutdown();
            while (!threads.awaitTermination(200, TimeUnit.MILLISECONDS)) {
                goOn();
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
        } else if (failure.get() instanceof RuntimeException told) {
            throw told;
        }
        options.progress().done(done.get(), entries.size());
        if (tooMany() || broken.size() == entries.size()) {
            throw tooManyBroken();
        }
    }

    private void goOn() throws InterruptedException {
        if (failure.get() != null) {
            throw new InterruptedException();
        }
        options.progress().done(done.get(), entries.size());
    }

    private void decode(String name, PictureFiles.Content content) {
        int i = places.get(name);
        try {
            byte[] file = content.bytes();
            PictureDecoder.Kept kept = decoder.kept(file, options);
            conversions.add(i, file, kept.width(), kept.height());
            Picture picture = kept.picture();
            items[i] = new Item(
                    name,
                    entries.get(i).label(),
                    cache.append(picture.data()),
                    picture.width(),
                    picture.height(),
                    new FittedPictures.Size(kept.width(), kept.height()));
        } catch (IOException | BrokenPictureException e) {
            broken.add(new PictureReport.Broken(name, String.valueOf(e.getMessage())));
        } catch (OutOfMemoryError e) {
            broken.add(new PictureReport.Broken(name, "there is not enough memory for it"));
        } catch (InterruptedException | RuntimeException | Error e) {
            failure.compareAndSet(null, e);
        }
        int count = done.incrementAndGet();
        if (tooMany() && (broken.size() >= NAMED || count >= JUDGED_AFTER)) {
            failure.compareAndSet(null, tooManyBroken());
        }
    }

    private boolean tooMany() {
        return broken.size() > options.brokenShare() * entries.size();
    }

    private Diffusion4jException tooManyBroken() {
        List<PictureReport.Broken> found = broken();
        int count = done.get();
        return new Diffusion4jException(String.format(
                Locale.ROOT,
                "%s: expected at most %.4g %% broken pictures (brokenShare), found %d %s%d: %s",
                files.place(),
                100 * options.brokenShare(),
                found.size(),
                count < entries.size() ? "in the first " + count + " of " : "of ",
                entries.size(),
                PictureReport.list(found)));
    }

    /** The pictures that could be read, in order. */
    List<Item> items() {
        List<Item> read = new ArrayList<>();
        for (Item item : items) {
            if (item != null) {
                read.add(item);
            }
        }
        return List.copyOf(read);
    }

    /** The broken pictures, sorted by name. */
    List<PictureReport.Broken> broken() {
        List<PictureReport.Broken> found;
        synchronized (broken) {
            found = new ArrayList<>(broken);
        }
        found.sort(Comparator.comparing(PictureReport.Broken::name));
        return List.copyOf(found);
    }

    /** One line for each change by reading that a picture's owner may not expect. */
    List<String> notes() {
        return conversions.notes();
    }
}
