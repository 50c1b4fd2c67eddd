package org.diffusion4j.training.record;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;

/**
 * A grid of pictures that was drawn with the model while it learned.
 *
 * @param file a PNG
 * @param step the step after which it was drawn
 */
public record SampleFile(Path file, long step) {
    private static final Pattern NAME = Pattern.compile("step-(\\d{1,18})\\.png");

    /** A PNG begins with 8 bytes of its own, then 4 of a length, "IHDR", width and height. */
    private static final long SIGNATURE = 0x89504e470d0a1a0aL;

    private static final int SIZE_AT = 16;
    private static final int HEADER_BYTES = 24;

    /**
     * What goes into a page.
     *
     * @param width pixels
     * @param height pixels
     * @param base64 the file
     */
    public record Embedded(int width, int height, String base64) {}

    /**
     * The file of a step.
     *
     * @param folder where a run's lie
     * @param step the step after which it was drawn it was drawn, or will be
     * @return its place; the file may not be there
     */
    public static SampleFile of(Path folder, long step) {
        return new SampleFile(folder.resolve(String.format(Locale.ROOT, "step-%08d.png", step)), step);
    }

    /**
     * All in a folder.
     *
     * @param folder it may not be there
     * @return in the order of their steps
     * @throws Diffusion4jException if it can't be read
     */
    public static List<SampleFile> list(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.flatMap(SampleFile::of)
                    .sorted(Comparator.comparingLong(SampleFile::step))
                    .toList();
        } catch (IOException e) {
            throw failure(folder, e);
        }
    }

    private static Stream<SampleFile> of(Path file) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        return name.matches() ? Stream.of(new SampleFile(file, Long.parseLong(name.group(1)))) : Stream.empty();
    }

    /**
     * The file's size.
     *
     * @return bytes
     * @throws Diffusion4jException if it can't be read
     */
    public long bytes() {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw failure(file, e);
        }
    }

    private static Diffusion4jException failure(Path path, IOException e) {
        return new Diffusion4jException(String.format(Locale.ROOT, "%s: expected to read it, found %s", path, e), e);
    }

    /**
     * The picture, for a page that needs no other file.
     *
     * @return its size and the whole file
     * @throws Diffusion4jException if it can't be read, or is no PNG
     */
    public Embedded embedded() {
        try {
            byte[] bytes = Files.readAllBytes(file);
            ByteBuffer header = ByteBuffer.wrap(bytes);
            if (bytes.length < HEADER_BYTES || header.getLong() != SIGNATURE) {
                throw new Diffusion4jException(
                        String.format(Locale.ROOT, "%s: expected a PNG, found something else", file));
            }
            return new Embedded(
                    header.getInt(SIZE_AT),
                    header.getInt(SIZE_AT + Integer.BYTES),
                    Base64.getEncoder().encodeToString(bytes));
        } catch (IOException e) {
            throw failure(file, e);
        }
    }
}
