package org.diffusion4j.data;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.datavec.api.split.InputSplit;
import org.diffusion4j.Diffusion4jException;

/**
 * Files by name, wherever they lie. Names are relative, with slashes. Nothing is ever unpacked to a disk, and no
 * length that an archive claims is trusted.
 */
sealed interface PictureFiles permits FolderFiles, PictureFiles.Zip, PictureFiles.Tar, PictureFiles.Split {
    /** No file is read beyond this: a picture of so many bytes is none to train on, or a bomb. */
    int MOST_BYTES = (int) Math.min(1 << 28, Runtime.getRuntime().maxMemory() / 8);

    /** For messages: the folder's or archive's path. */
    String place();

    /** All files, in the order of the strings, each once; composed (NFC), however they are stored. */
    List<String> names();

    /** Folders, as far as they are listed beside their files: the empty ones. */
    default List<String> folders() {
        return List.of();
    }

    /** What is left out of the names, and what is to be known of them, a line for each. */
    default List<String> notes() {
        return List.of();
    }

    /**
     * Gives the wanted files to a reader, in any order.
     *
     * @throws InterruptedException as the reader throws it
     */
    void read(Set<String> wanted, Reader reader) throws InterruptedException;

    /** Takes files. */
    interface Reader {
        /** @param size bytes, as far as is known: what it takes of the memory until it is read */
        void file(String name, long size, Content content) throws InterruptedException;
    }

    /** A file's bytes, which may be read later and in another thread. */
    interface Content {
        byte[] bytes() throws IOException;
    }

    /**
     * Whichever the path is.
     *
     * @param excluded folders that are left out
     */
    static PictureFiles open(Path path, List<Path> excluded) {
        SystemNames.requireWhole(path.toString(), path.toString());
        String name =
                path.getFileName() == null ? "" : path.getFileName().toString().toLowerCase(Locale.ROOT);
        if (Files.isDirectory(path)) {
            return FolderFiles.of(path, excluded);
        } else if (!Files.isRegularFile(path)) {
            throw new Diffusion4jException(path + ": expected a folder or an archive of pictures, found nothing");
        } else if (name.endsWith(".zip")) {
            return new Zip(path);
        } else if (name.endsWith(".tar") || name.endsWith(".tar.gz") || name.endsWith(".tgz")) {
            return new Tar(path, !name.endsWith(".tar"));
        }
        throw new Diffusion4jException(path
                + ": expected a folder of pictures, or a .zip, .tar, .tar.gz or .tgz, found a file of another name");
    }

    static byte[] all(InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(MOST_BYTES + 1);
        if (bytes.length > MOST_BYTES) {
            throw new IOException("expected at most " + MOST_BYTES + " bytes, found more");
        }
        return bytes;
    }

    private static Diffusion4jException unreadable(String place, Exception e) {
        return new Diffusion4jException(
                place + ": expected a whole archive, found: "
                        + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()),
                e);
    }

    /**
     * A stored name as a relative path with slashes, composed; ".." and drive letters are of no use to anyone who
     * doesn't unpack, so that they are just parts of a name.
     */
    static String name(String stored) {
        List<String> parts = new ArrayList<>();
        for (String part : stored.replace('\\', '/').split("/")) {
            if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        return Normalizer.normalize(String.join("/", parts), Normalizer.Form.NFC);
    }

    /** Says which links lead nowhere, those apart that are hidden. */
    static Optional<String> noteLinks(List<String> links) {
        List<String> told =
                links.stream().filter(name -> FileKind.hiddenPart(name) == null).toList();
        return told.isEmpty()
                ? Optional.empty()
                : Optional.of(told.size() + (told.size() == 1 ? " link" : " links")
                        + " left out: to nothing that is here (" + Names.list(", ", told) + ")");
    }

    /** @throws Diffusion4jException if a name comes twice, or has lost characters and is a picture's */
    static List<String> sorted(String place, List<String> names) {
        for (String name : names) {
            if (name.indexOf(SystemNames.LOST) >= 0 && FileKind.counts(name)) {
                SystemNames.requireWhole(place, name);
            }
        }
        Collections.sort(names);
        Set<String> seen = new HashSet<>();
        List<String> twice = names.stream().filter(name -> !seen.add(name)).toList();
        if (!twice.isEmpty()) {
            throw new Diffusion4jException(place + ": expected each name once, found twice: " + Names.list(twice));
        }
        return names;
    }

    /** A zip, by its directory at the end. */
    record Zip(Path archive, List<String> names) implements PictureFiles {
        Zip(Path archive) {
            this(archive, list(archive));
        }

        private static ZipFile zip(Path archive) throws IOException {
            return ZipFile.builder().setPath(archive).get();
        }

        private static boolean regular(ZipArchiveEntry entry) {
            return !entry.isDirectory() && !entry.isUnixSymlink();
        }

        private static List<String> list(Path archive) {
            List<String> names = new ArrayList<>();
            try (ZipFile zip = zip(archive)) {
                for (Enumeration<ZipArchiveEntry> all = zip.getEntries(); all.hasMoreElements(); ) {
                    ZipArchiveEntry entry = all.nextElement();
                    if (regular(entry)) {
                        names.add(name(entry.getName()));
                    }
                }
            } catch (Diffusion4jException e) {
                throw e;
            } catch (IOException | RuntimeException e) {
                throw unreadable(archive.toString(), e);
            }
            return sorted(archive.toString(), names);
        }

        @Override
        public String place() {
            return archive.toString();
        }

        @Override
        public void read(Set<String> wanted, Reader reader) throws InterruptedException {
            try (ZipFile zip = zip(archive)) {
                for (Enumeration<ZipArchiveEntry> all = zip.getEntriesInPhysicalOrder(); all.hasMoreElements(); ) {
                    ZipArchiveEntry entry = all.nextElement();
                    String name = name(entry.getName());
                    if (regular(entry) && wanted.contains(name)) {
                        entry(zip, entry, name, reader);
                    }
                }
            } catch (Diffusion4jException e) {
                throw e;
            } catch (IOException | RuntimeException e) {
                throw unreadable(archive.toString(), e);
            }
        }

        /** A damaged entry is one broken picture: the others are found by the directory. */
        private static void entry(ZipFile zip, ZipArchiveEntry entry, String name, Reader reader)
                throws InterruptedException {
            byte[] bytes;
            try (InputStream in = zip.getInputStream(entry)) {
                bytes = all(in);
            } catch (IOException | RuntimeException e) {
                reader.file(name, 0, () -> {
                    throw new IOException(e.getMessage(), e);
                });
                return;
            }
            reader.file(name, bytes.length, () -> bytes);
        }
    }

    /** A tar, read from its beginning once for the names and once for the pictures. */
    record Tar(Path archive, boolean gzip, List<String> names) implements PictureFiles {
        Tar(Path archive, boolean gzip) {
            this(archive, gzip, list(archive, gzip));
        }

        private static TarArchiveInputStream tar(Path archive, boolean gzip) throws IOException {
            InputStream file = new BufferedInputStream(Files.newInputStream(archive), 1 << 16);
            return new TarArchiveInputStream(
                    gzip
                            ? GzipCompressorInputStream.builder()
                                    .setInputStream(file)
                                    .setDecompressConcatenated(true)
                                    .get()
                            : file,
                    "UTF-8");
        }

        private static List<String> list(Path archive, boolean gzip) {
            List<String> names = new ArrayList<>();
            try (TarArchiveInputStream tar = tar(archive, gzip)) {
                for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                    if (regular(entry)) {
                        names.add(name(entry.getName()));
                    }
                }
            } catch (Diffusion4jException e) {
                throw e;
            } catch (IOException | RuntimeException e) {
                throw unreadable(archive.toString(), e);
            }
            return sorted(archive.toString(), names);
        }

        private static boolean regular(TarArchiveEntry entry) {
            return entry.isFile() && !entry.isSymbolicLink() && !entry.isLink();
        }

        @Override
        public String place() {
            return archive.toString();
        }

        @Override
        public void read(Set<String> wanted, Reader reader) throws InterruptedException {
            try (TarArchiveInputStream tar = tar(archive, gzip)) {
                for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                    String name = name(entry.getName());
                    if (regular(entry) && wanted.contains(name)) {
                        if (entry.getSize() > MOST_BYTES) {
                            reader.file(name, 0, () -> {
                                throw new IOException("expected at most " + MOST_BYTES + " bytes, found more");
                            });
                        } else {
                            byte[] bytes = all(tar);
                            reader.file(name, bytes.length, () -> bytes);
                        }
                    }
                }
            } catch (Diffusion4jException e) {
                throw e;
            } catch (IOException | RuntimeException e) {
                throw unreadable(archive.toString(), e);
            }
        }
    }

    /** What a DataVec split lists; a name is a location's path below what all have in common. */
    record Split(InputSplit split, Map<String, URI> locations, List<String> names) implements PictureFiles {
        static Split of(InputSplit split) {
            URI[] all = split.locations();
            if (all == null || all.length == 0) {
                throw new Diffusion4jException(split.getClass().getSimpleName() + ": expected locations, found none");
            }
            List<String> paths = new ArrayList<>();
            for (URI location : all) {
                String path = location.getPath() == null ? location.getSchemeSpecificPart() : location.getPath();
                paths.add(path.replaceFirst("^/+", ""));
            }
            String common = paths.get(0).substring(0, paths.get(0).lastIndexOf('/') + 1);
            for (String path : paths) {
                while (!path.startsWith(common)) {
                    common = common.substring(0, common.lastIndexOf('/', common.length() - 2) + 1);
                }
            }
            Map<String, URI> locations = new LinkedHashMap<>();
            List<String> names = new ArrayList<>();
            for (int i = 0; i < all.length; i++) {
                names.add(paths.get(i).substring(common.length()));
                locations.put(names.get(i), all[i]);
            }
            return new Split(split, locations, sorted(split.getClass().getSimpleName(), names));
        }

        @Override
        public String place() {
            return split.getClass().getSimpleName();
        }

        @Override
        public void read(Set<String> wanted, Reader reader) throws InterruptedException {
            for (String name : names) {
                if (wanted.contains(name)) {
                    reader.file(name, 0, () -> bytes(locations.get(name)));
                }
            }
        }

        /** Not all splits open what they list. */
        private byte[] bytes(URI location) throws IOException {
            if ("file".equals(location.getScheme())) {
                try (InputStream in = Files.newInputStream(Path.of(location))) {
                    return all(in);
                }
            }
            try (InputStream in = split.openInputStreamFor(location.toString())) {
                if (in == null) {
                    throw new IOException("expected a split that opens " + location + ", found none");
                }
                return all(in);
            } catch (IOException e) {
                throw e;
            } catch (Exception e) {
                throw new IOException(e.getMessage(), e);
            }
        }
    }
}
