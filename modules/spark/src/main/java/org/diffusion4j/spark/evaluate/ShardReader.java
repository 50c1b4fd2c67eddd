package org.diffusion4j.spark.evaluate;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.training.evaluate.Evaluator;

/** Reads a shard from its beginning to its end, chunk by chunk. After the last chunk it is closed. */
final class ShardReader implements Iterator<PictureChunk>, AutoCloseable {
    private static final Set<String> PICTURES = Set.of("png", "jpg", "jpeg", "webp", "bmp", "gif");

    private final String shard;
    private final TarArchiveInputStream tar;
    private TarArchiveEntry entry;
    private long number;

    ShardReader(String shard, Configuration configuration) {
        this.shard = shard;
        Path path = new Path(shard);
        try {
            tar = new TarArchiveInputStream(
                    path.getFileSystem(configuration).open(path), StandardCharsets.UTF_8.name());
            advance();
        } catch (IOException e) {
            throw unreadable(e);
        }
        if (entry == null) {
            throw new Diffusion4jException(shard + ": expected pictures, found none");
        }
    }

    private Diffusion4jException unreadable(IOException e) {
        return new Diffusion4jException(shard + ": expected a whole tar file, found: " + e, e);
    }

    /** Goes to the next picture or class. The method has the same name and type in the versions that both of Spark's bring. */
    @SuppressWarnings("deprecation")
    private void advance() throws IOException {
        do {
            entry = tar.getNextTarEntry();
        } while (entry != null && (!entry.isFile() || !(isPicture() || suffix().equals("cls"))));
    }

    private String file() {
        return entry.getName().substring(entry.getName().lastIndexOf('/') + 1);
    }

    /** What a sample's files have in common: the path and the name before its first dot. */
    private String key() {
        String file = file();
        int dot = file.indexOf('.');
        String folder = entry.getName().substring(0, entry.getName().length() - file.length());
        return dot < 0 ? entry.getName() : folder + file.substring(0, dot);
    }

    private String suffix() {
        String file = file();
        return file.substring(file.indexOf('.') + 1).toLowerCase(Locale.ROOT);
    }

    private boolean isPicture() {
        return PICTURES.contains(suffix());
    }

    @Override
    public boolean hasNext() {
        return entry != null;
    }

    @Override
    public PictureChunk next() {
        if (entry == null) {
            throw new NoSuchElementException();
        }
        List<NamedPicture> pictures = new ArrayList<>();
        try {
            while (entry != null && pictures.size() < Evaluator.CHUNK) {
                pictures.add(sample());
            }
            if (entry == null) {
                tar.close();
            }
        } catch (IOException e) {
            throw unreadable(e);
        }
        return new PictureChunk(shard, number++, pictures);
    }

    private NamedPicture sample() throws IOException {
        String key = key();
        String name = null;
        String label = null;
        byte[] picture = null;
        for (; entry != null && key().equals(key); advance()) {
            byte[] bytes = tar.readAllBytes();
            if (isPicture()) {
                name = shard + "/" + entry.getName();
                picture = bytes;
            } else {
                label = new String(bytes, StandardCharsets.UTF_8).trim();
            }
        }
        if (picture == null) {
            throw new Diffusion4jException(shard + "/" + key + ".cls: expected a picture beside it, found none");
        }
        return new NamedPicture(name, label, picture);
    }

    @Override
    public void close() {
        try {
            tar.close();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }
}
