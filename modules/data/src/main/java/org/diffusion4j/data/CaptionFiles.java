package org.diffusion4j.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.Diffusion4jException;

/**
 * Files beside pictures that hold their texts: {@code NAME.txt} or {@code NAME.caption}, as in the data sets of kohya's scripts. A
 * text file without a picture of its name is none of them.
 *
 * @param byPicture the file of each picture that has one
 * @param second files of pictures that have one already
 * @param others text files without a picture
 */
record CaptionFiles(Map<String, String> byPicture, List<String> second, List<String> others) {
    /** A text encoder sees far fewer. */
    private static final int MOST_BYTES = 1 << 16;

    /** In this order, of which the first counts. */
    private static final List<String> SUFFIXES = List.of("txt", "caption");

    /**
     * Finds the files of pictures.
     *
     * @param pictures the pictures' names
     * @param texts the names of files that may be their texts
     */
    static CaptionFiles of(List<String> pictures, List<String> texts) {
        Map<String, List<String>> byStem = new HashMap<>();
        pictures.forEach(name ->
                byStem.computeIfAbsent(stem(name), stem -> new ArrayList<>(1)).add(name));
        List<String> inOrder = new ArrayList<>(texts);
        inOrder.sort(
                (a, b) -> Integer.compare(SUFFIXES.indexOf(FileKind.suffix(a)), SUFFIXES.indexOf(FileKind.suffix(b))));
        CaptionFiles files = new CaptionFiles(new LinkedHashMap<>(), new ArrayList<>(), new ArrayList<>());
        for (String text : inOrder) {
            List<String> of = byStem.getOrDefault(stem(text), List.of());
            if (of.isEmpty()) {
                files.others.add(text);
            } else if (files.byPicture.containsKey(of.get(0))) {
                files.second.add(text);
            } else {
                of.forEach(picture -> files.byPicture.put(picture, text));
            }
        }
        return files;
    }

    /** Whether a suffix is that of such files. */
    static boolean isSuffix(String suffix) {
        return SUFFIXES.contains(suffix);
    }

    private static String stem(String name) {
        return name.substring(0, name.lastIndexOf('.'));
    }

    /**
     * Reads texts: all of a file, without white space around it. Pictures whose file is empty have none.
     *
     * @param files where the files are
     * @param byPicture the file of each picture
     * @return the texts by picture
     * @throws Diffusion4jException if a file can't be read, isn't UTF-8 or is too long for a text
     */
    static Map<String, String> read(PictureFiles files, Map<String, String> byPicture) {
        if (byPicture.isEmpty()) {
            return Map.of(); // an archive would be read once more
        }
        Map<String, String> texts = new HashMap<>();
        Set<String> wanted = new HashSet<>(byPicture.values());
        try {
            files.read(
                    wanted, (name, size, content) -> texts.put(name, text(files.place() + "/" + name, size, content)));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        Map<String, String> captions = new LinkedHashMap<>();
        byPicture.forEach((picture, file) -> {
            String text = texts.get(file);
            if (!text.isEmpty()) {
                captions.put(picture, text);
            }
        });
        return captions;
    }

    private static String text(String place, long size, PictureFiles.Content content) {
        requireShort(place, size);
        byte[] bytes;
        try {
            bytes = content.bytes();
        } catch (IOException e) {
            throw new Diffusion4jException(place + ": expected a file that can be read, found: " + e.getMessage(), e);
        }
        requireShort(place, bytes.length);
        return Utf8.text(place, bytes).strip();
    }

    private static void requireShort(String place, long bytes) {
        if (bytes > MOST_BYTES) {
            throw new Diffusion4jException(
                    place + ": expected a picture's text of at most " + MOST_BYTES + " bytes, found " + bytes);
        }
    }
}
