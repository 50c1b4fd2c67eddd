package org.diffusion4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureOptions.Classes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetadataTest {
    @TempDir
    Path folder;

    private PictureFolder open(PictureOptionsBuilder options, String... namesAndTexts) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        for (int i = 0; i < namesAndTexts.length; i += 2) {
            files.put(
                    namesAndTexts[i],
                    namesAndTexts[i + 1] == null
                            ? Broken.file("good/plain.png")
                            : namesAndTexts[i + 1].getBytes(StandardCharsets.UTF_8));
        }
        return PictureFolder.open(Broken.folder(folder, files), options.build());
    }

    private static PictureOptionsBuilder size() {
        return PictureOptions.builder(8, 8).threads(1);
    }

    private static Map<String, Long> labels(PictureFolder pictures) {
        Map<String, Long> labels = new TreeMap<>();
        try (BatchStream batches = pictures.batches(pictures.size(), 0, 0)) {
            PictureBatch batch = batches.next();
            for (int i = 0; i < pictures.size(); i++) {
                labels.put(batch.names().get(i), batch.labels().getLong(i));
            }
        }
        return labels;
    }

    @Test
    void jsonLinesGiveLabelsAndTexts() throws IOException {
        PictureFolder pictures = open(
                size(),
                "train/a.png",
                null,
                "train/sub/b.png",
                null,
                "train/metadata.jsonl",
                String.join(
                        "\r\n",
                        "{\"file_name\": \"a.png\", \"label\": \"dog\", \"text\": \"a dog, \\\"brown\\\"\"}",
                        "",
                        "{\"file_name\": \"./sub/b.png\", \"label\": \"cat\", \"keywords\": [1]}"));
        assertEquals(List.of("cat", "dog"), pictures.classNames());
        assertEquals(Map.of("train/a.png", 1L, "train/sub/b.png", 0L), labels(pictures));
        assertEquals(Map.of("train/a.png", "a dog, \"brown\""), pictures.captions());
        assertEquals(1, pictures.report().captions());
    }

    @Test
    void csvGivesLabelsAndTexts() throws IOException {
        PictureFolder pictures = open(
                size(),
                "a.png",
                null,
                "b.png",
                null,
                "metadata.csv",
                "\uFEFFfile_name,text,label\r\n\"a.png\",\"two\nlines, \"\"quoted\"\"\",3\r\nb.png,,1\r\n");
        assertEquals(List.of("0", "1", "2", "3"), pictures.classNames());
        assertEquals(Map.of("a.png", 3L, "b.png", 1L), labels(pictures));
        assertEquals(Map.of("a.png", "two\nlines, \"quoted\""), pictures.captions());
        assertEquals(Map.of("0", 0, "1", 1, "2", 0, "3", 1), pictures.report().perClass());
    }

    @Test
    void anotherColumnCanBeTheClass() throws IOException {
        PictureFolder pictures = open(
                size().labelColumn("group").captionColumn("name"),
                "a.png",
                null,
                "metadata.jsonl",
                "{\"file_name\": \"a.png\", \"group\": \"Flags\", \"name\": \"x\"}");
        assertEquals(List.of("Flags"), pictures.classNames());
        assertEquals(Map.of("a.png", "x"), pictures.captions());
    }

    @Test
    void textsAloneMakeNoClassesOfFolders() throws IOException {
        String[] files = {
            "x/a.png", null, "y/b.png", null, "metadata.jsonl", "{\"file_name\": \"x/a.png\", \"text\": \"t\"}"
        };
        PictureFolder pictures = open(size(), files);
        assertEquals(List.of(), pictures.classNames());
        assertEquals(List.of("y/b.png"), pictures.report().withoutRow());
        assertEquals(2, pictures.size());
        assertEquals(
                List.of("x", "y"), open(size().classes(Classes.FOLDERS), files).classNames());
        Diffusion4jException told =
                assertThrows(Diffusion4jException.class, () -> open(size().classes(Classes.LABELS), files));
        assertTrue(told.getMessage().contains("none for 2: x/a.png; y/b.png"), told.getMessage());
    }

    @Test
    void metadataAboveTheSplitsServesEach() throws IOException {
        String[] files = {
            "train/a.png", null, "test/b.png", null, "metadata.csv", "file_name,label\ntrain/a.png,0\ntest/b.png,7\n"
        };
        assertEquals(Map.of("train/a.png", 0L), labels(open(size(), files)));
        assertEquals(Map.of("test/b.png", 7L), labels(open(size().split("test"), files)));
    }

    @Test
    void namesTwiceAndNamesThatAreMissingAreOneError() throws IOException {
        Diffusion4jException told = assertThrows(
                Diffusion4jException.class,
                () -> open(
                        size(),
                        "a.png",
                        null,
                        "metadata.csv",
                        "file_name,label\na.png,x\n./a.png,y\nb.png,x\nc.png,x\n"));
        assertTrue(
                told.getMessage().contains("1 named twice: a.png, and 2 that are not there: b.png; c.png"),
                told.getMessage());
    }

    @Test
    void aPictureWithoutALabelIsAnErrorWhereOthersHaveOne() {
        Diffusion4jException told = assertThrows(
                Diffusion4jException.class,
                () -> open(size(), "a.png", null, "b.png", null, "metadata.csv", "file_name,label\na.png,x\n"));
        assertTrue(told.getMessage().contains("none for 1: b.png"), told.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "metadata.jsonl | `{\"file_name\": \"a.png\"}\n{\"file_name\": ` | line 2",
                "metadata.jsonl | [1] | line 1",
                "metadata.jsonl | {\"name\": \"a.png\"} | file_name",
                "metadata.jsonl | {\"file_name\": 3} | file_name",
                "metadata.csv | `name,label\na.png,1` | file_name",
                "metadata.csv | `file_name,label\n\"a.png,1` | row 1"
            })
    void damagedMetadataIsAnErrorThatSaysWhere(String file, String text, String where) {
        Diffusion4jException told =
                assertThrows(Diffusion4jException.class, () -> open(size(), "a.png", null, file, text));
        assertTrue(told.getMessage().contains(file) && told.getMessage().contains(where), told.getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "fuzz-1.csv",
                "fuzz-2.csv",
                "fuzz-3.csv",
                "fuzz-4.csv",
                "fuzz-1.jsonl",
                "fuzz-2.jsonl",
                "fuzz-3.jsonl",
                "fuzz-4.jsonl"
            })
    void mutatedMetadataIsReadOrRefusedInALine(String name) throws IOException {
        byte[] mutated;
        try (InputStream in = MetadataTest.class.getResourceAsStream("/metadata/" + name)) {
            mutated = in.readAllBytes();
        }
        String file = "metadata" + name.substring(name.indexOf('.'));
        Broken.folder(folder, Map.of(file, mutated, "a.png", Broken.file("good/plain.png")));
        try {
            assertEquals(1, PictureFolder.open(folder, size().build()).size());
        } catch (Diffusion4jException e) {
            assertTrue(e.getMessage().length() < 500 && !e.getMessage().matches("(?s).*\\p{Cntrl}.*"), e.getMessage());
        }
    }
}
