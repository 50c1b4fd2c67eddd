package org.diffusion4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.diffusion4j.Diffusion4jException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Texts in files beside the pictures. */
class CaptionFilesTest {
    private static final byte[] PICTURE = Broken.file("good/plain.png");

    @TempDir
    Path folder;

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static PictureFolder open(Path place) {
        return PictureFolder.open(place, PictureOptions.builder(8, 8).threads(1).build());
    }

    private PictureFolder open(Map<String, byte[]> files) throws IOException {
        return open(Broken.folder(folder, files));
    }

    private static Map<String, byte[]> files() {
        return new TreeMap<>(Map.of(
                "a.png",
                PICTURE,
                "a.txt",
                utf8("\uFEFF  a red heart\nof paper \r\n"),
                "b.JPG",
                PICTURE,
                "b.caption",
                utf8("größer"),
                "c.d.png",
                PICTURE,
                "c.d.TXT",
                utf8("two dots"),
                "e.png",
                PICTURE,
                "e.txt",
                utf8(" \n"),
                "f.png",
                PICTURE,
                "notes.txt",
                utf8("buy milk")));
    }

    private static final Map<String, String> TEXTS =
            Map.of("a.png", "a red heart\nof paper", "b.JPG", "größer", "c.d.png", "two dots");

    @Test
    void aTextBesideAPictureIsItsCaption() throws IOException {
        PictureFolder pictures = open(files());
        assertEquals(TEXTS, pictures.captions());
        assertEquals("5 pictures, 3 with a text", pictures.report().toString());
        assertEquals(1, pictures.report().ignored());
        assertEquals(
                List.of("1 file left out: no pictures by their names (1 .txt)"),
                pictures.report().notes());
    }

    @Test
    void archivesHaveThemToo() throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        files().forEach((name, bytes) -> files.put("train/" + name, bytes));
        Map<String, String> expected = new TreeMap<>();
        TEXTS.forEach((name, text) -> expected.put("train/" + name, text));
        assertEquals(expected, open(Broken.zip(folder.resolve("a.zip"), files)).captions());
        assertEquals(
                expected, open(Broken.tar(folder.resolve("a.tar.gz"), files)).captions());
    }

    @Test
    void theMetadatasTextCountsBeforeAFilesAndThatIsSaid() throws IOException {
        Map<String, byte[]> files = files();
        files.put("f.caption", utf8("not this"));
        files.put("f.txt", utf8("but this"));
        files.put("metadata.jsonl", utf8("{\"file_name\": \"a.png\", \"text\": \"paper\"}"));
        PictureFolder pictures = open(files);
        Map<String, String> expected = new TreeMap<>(TEXTS);
        expected.put("a.png", "paper");
        expected.put("f.png", "but this");
        assertEquals(expected, pictures.captions());
        assertTrue(
                pictures.report()
                        .notes()
                        .contains("2 texts left out: in the metadata, or in a .txt, is another one for the picture"
                                + " (a.txt, f.caption)"),
                pictures.report().notes()::toString);
    }

    @Test
    void classesByFoldersHaveTextsAsWell() throws IOException {
        PictureFolder pictures = open(Map.of(
                "cat/a.png", PICTURE, "cat/a.txt", utf8("a cat"), "dog/b.png", PICTURE, "dog/b.txt", utf8("a dog")));
        assertEquals(List.of("cat", "dog"), pictures.classNames());
        assertEquals(Map.of("cat/a.png", "a cat", "dog/b.png", "a dog"), pictures.captions());
    }

    @Test
    void whatIsNoTextIsRefused() {
        assertRefused("/a.txt: expected UTF-8, found other bytes", new byte[] {'a', (byte) 0xff});
        assertRefused("/a.txt: expected a picture's text of at most 65536 bytes, found 70000", new byte[70_000]);
    }

    private void assertRefused(String expected, byte[] text) {
        Map<String, byte[]> files = Map.of("a.png", PICTURE, "a.txt", text);
        String told =
                assertThrows(Diffusion4jException.class, () -> open(files)).getMessage();
        assertTrue(told.endsWith(expected), told);
    }
}
