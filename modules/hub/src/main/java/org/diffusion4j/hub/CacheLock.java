package org.diffusion4j.hub;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * A lock that one thread of one JVM holds at a time. The system gives it back if the JVM is killed. Python's locks are of
 * another kind, so they don't see each other: beside Python only the renaming of whole files counts.
 */
final class CacheLock implements AutoCloseable {
    /** A file's lock holds for a whole JVM: this is for its threads. */
    private static final ConcurrentHashMap<Path, Semaphore> THREADS = new ConcurrentHashMap<>();

    private final Semaphore threads;
    private final FileChannel channel;
    private final FileLock lock;

    private CacheLock(Semaphore threads, FileChannel channel, FileLock lock) {
        this.threads = threads;
        this.channel = channel;
        this.lock = lock;
    }

    /** Waits until nobody else holds the lock. */
    static CacheLock waitFor(Path file) throws IOException {
        Semaphore threads = threads(file);
        try {
            threads.acquire();
        } catch (InterruptedException e) {
            throw HubRequests.interrupted(e);
        }
        return opened(file, threads, true);
    }

    /**
     * Takes the lock unless somebody else holds it.
     *
     * @return null in that case
     */
    static CacheLock take(Path file) throws IOException {
        Semaphore threads = threads(file);
        return threads.tryAcquire() ? opened(file, threads, false) : null;
    }

    private static Semaphore threads(Path file) {
        return THREADS.computeIfAbsent(file.toAbsolutePath().normalize(), each -> new Semaphore(1));
    }

    private static CacheLock opened(Path file, Semaphore threads, boolean wait) throws IOException {
        FileChannel channel = null;
        try {
            Files.createDirectories(file.getParent());
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = wait ? channel.lock() : channel.tryLock();
            if (lock != null) {
                return new CacheLock(threads, channel, lock);
            }
            channel.close();
            threads.release();
            return null;
        } catch (IOException | RuntimeException e) {
            if (channel != null) {
                channel.close();
            }
            threads.release();
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        try {
            lock.release();
            channel.close();
        } finally {
            threads.release();
        }
    }
}
