package org.diffusion4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureOptions.Classes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is left out is said, and no class vanishes in silence. */
class LeftOutTest {
    private static final byte[] PICTURE = Broken.file("good/plain.png");

    @TempDir
    Path folder;

    private static PictureOptionsBuilder options() {
        return PictureOptions.builder(8, 8).threads(1);
    }

    private PictureFolder open(PictureOptionsBuilder options, String... names) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        for (String name : names) {
            files.put(name, PICTURE);
        }
        return PictureFolder.open(Broken.folder(folder, files), options.build());
    }

    private static void assumeThatAnyNameCanBeWritten() {
        assumeTrue(System.getProperty("sun.jnu.encoding", "").equals("UTF-8"), "a locale that has all characters");
    }

    private PictureFolder open(String... names) throws IOException {
        return open(options(), names);
    }

    private String refusal(PictureOptionsBuilder options, String... names) {
        String message = assertThrows(Diffusion4jException.class, () -> open(options, names))
                .getMessage();
        assertTrue(message.length() < 500 && message.lines().count() == 1, message);
        return message;
    }

    @Test
    void aClassOfPicturesThatAreNotReadIsRefused() throws IOException {
        String[] files = {"apple/0.png", "bird/0.tif", "bird/1.TIFF", "cat/0.png"};
        String told = refusal(options(), files);
        assertTrue(told.contains("found only 1 .tif, 1 .tiff in bird"), told);
        assertEquals(2, open(options().classes(Classes.NONE), files).size());
        assertTrue(refusal(options().classes(Classes.FOLDERS)).contains("in bird"));
    }

    @Test
    void aClassVanishesNotEvenWhereOneIsLeft() {
        assertTrue(refusal(options(), "data/apple/0.png", "data/bird/0.heic").contains("found only 1 .heic in bird"));
        assertTrue(refusal(options(), "data/a.png", "data/apple/1.png", "data/apple/2.png")
                .contains("found only 1 .heic in bird"));
    }

    @Test
    void aClassWithSomePicturesThatAreNotReadIsSaid() throws IOException {
        PictureFolder pictures = open("apple/0.png", "bird/0.avif", "bird/1.png", "bird/2.avif", "bird/x.txt");
        assertEquals(List.of("apple", "bird"), pictures.classNames());
        assertEquals(
                List.of(
                        "2 pictures left out: of a format that is not read (2 .avif), such as bird/0.avif",
                        "1 file left out: no pictures by their names (1 .txt)"),
                pictures.report().notes());
        assertEquals(3, pictures.report().ignored());
    }

    @Test
    void formatsThatAreNotReadMakeNoDifferenceBelowTheClasses() throws IOException {
        assertEquals(
                List.of("cat", "dog"),
                open("data/cat/0.png", "data/dog/0.png", "drawings/logo.svg").classNames());
    }

    @Test
    void foldersWithoutPicturesAreNamed() throws IOException {
        Files.createDirectories(folder.resolve("dog"));
        PictureFolder pictures = open("apple/0.png", "cat/0.png", "texts/0.txt");
        assertEquals(List.of("apple", "cat"), pictures.classNames());
        assertEquals(
                "2 folders without pictures, so without a class: dog, texts",
                pictures.report().notes().get(1));
    }

    @Test
    void theOnlyClassIsNotLostWithoutAWord() throws IOException {
        Files.createDirectories(folder.resolve("dog"));
        assertEquals(
                List.of("a folder without pictures, so without a class: dog"),
                open("cat/0.png").report().notes());
    }

    @Test
    void systemFoldersAreLeftOut() throws IOException {
        PictureFolder pictures = open(
                "apple/0.png",
                "apple/@eaDir/0.jpg/SYNOPHOTO_THUMB_M.jpg",
                "cat/0.png",
                "$RECYCLE.BIN/S-1-5/0.png",
                "System Volume Information/0.png",
                "lost+found/0.png",
                ".Trashes/501/0.png",
                "#recycle/0.png",
                ".AppleDouble/0.png",
                "__MACOSX/cat/._0.png",
                "cat/Thumbs.db",
                "cat/.DS_Store");
        assertEquals(List.of("apple", "cat"), pictures.classNames());
        assertEquals(2, pictures.size());
        assertEquals(10, pictures.report().ignored());
        assertEquals(1, pictures.report().notes().size());
        assertTrue(pictures.report()
                .notes()
                .get(0)
                .startsWith("8 files left out: hidden, or in a system's folder (#recycle"));
    }

    @Test
    void aPictureBesideClassFoldersIsLeftOut() throws IOException {
        String[] files = {"preview.png", "apple/0.png", "bird/0.png", "cat/0.png"};
        for (PictureFolder pictures : List.of(open(files), open(options().classes(Classes.FOLDERS)))) {
            assertEquals(List.of("apple", "bird", "cat"), pictures.classNames());
            assertEquals(3, pictures.size());
            assertEquals(
                    List.of("1 picture left out: beside the folders that hold the others (preview.png)"),
                    pictures.report().notes());
        }
        assertEquals(4, open(options().classes(Classes.NONE)).size());
    }

    @Test
    void aPictureBesideSplitsOrBesideTheOneFolderIsLeftOut() throws IOException {
        open("preview.png", "train/cat/0.png", "train/cat/1.png", "train/dog/0.png", "test/cat/0.png");
        assertEquals(List.of("cat", "dog"), open().classNames());
        assertEquals(1, open(options().split("test")).size());
        Files.move(folder.resolve("train"), folder.resolve("data"));
        Broken.folder(folder, Map.of("test/cat/1.png", PICTURE));
        assertEquals(List.of("data", "test"), open().classNames());
        Files.delete(folder.resolve("test/cat/0.png"));
        Files.delete(folder.resolve("test/cat/1.png"));
        PictureFolder wrapped = open();
        assertEquals(List.of("cat", "dog"), wrapped.classNames());
        assertEquals(3, wrapped.size());
    }

    @Test
    void manyPicturesBesideFoldersAreUsedWithoutClasses() throws IOException {
        PictureFolder pictures = open("0.png", "1.png", "a/2.png", "b/3.png");
        assertEquals(4, pictures.size());
        assertEquals(List.of(), pictures.classNames());
        assertEquals(
                List.of("no classes, as 2 pictures lie beside 2 folders with 2"),
                pictures.report().notes());
    }

    @Test
    void runsAreLeftOut() throws IOException {
        PictureFolder pictures = open(
                "apple/0.png",
                "cat/0.png",
                "run/run.json",
                "run/samples/step-00000020.png",
                "old/run/checkpoints/step-00000020/unet/config.json",
                "old/run/samples/0.png");
        assertEquals(List.of("apple", "cat"), pictures.classNames());
        assertEquals(
                List.of("4 files left out: of a training run (old/run/, run/)"),
                pictures.report().notes());
        assertEquals(
                1, PictureFolder.open(folder.resolve("run"), options().build()).size());
    }

    @Test
    void excludedFoldersAreLeftOut() throws IOException {
        open("apple/0.png", "cat/0.png", "out/samples/0.png");
        Files.createSymbolicLink(folder.resolve("link"), folder.resolve("out"));
        PictureOptionsBuilder excluding =
                options().excluded(List.of(folder.resolve("apple/../out"), folder.resolve("absent")));
        PictureFolder pictures = open(excluding);
        assertEquals(List.of("apple", "cat"), pictures.classNames());
        assertEquals(
                List.of("link/, out/ left out: excluded"),
                sorted(pictures.report().notes()));
        assertTrue(refusal(options().excluded(List.of(folder))).contains("outside of what is excluded"));
        assertTrue(refusal(options().excluded(List.of(folder.resolve("..")))).contains("outside of what is excluded"));
    }

    /** The order of a folder's entries is the file system's. */
    private static List<String> sorted(List<String> notes) {
        return notes.stream()
                .map(note -> note.replace("out/, link/", "link/, out/"))
                .toList();
    }

    @Test
    void linksThatLeadNowhereAreNamed() throws IOException {
        open("apple/0.png", "cat/0.png");
        Files.createSymbolicLink(folder.resolve("cat/1.png"), Path.of("../apple/0.png"));
        Files.createSymbolicLink(folder.resolve("cat/dead.png"), Path.of("absent.png"));
        Files.createSymbolicLink(folder.resolve("dog"), Path.of("cat"));
        Files.createSymbolicLink(folder.resolve("dog/round"), folder);
        PictureFolder pictures = open();
        assertEquals(List.of("apple", "cat", "dog"), pictures.classNames());
        assertEquals(5, pictures.size());
        String note = pictures.report().notes().get(0);
        assertTrue(note.startsWith("4 links left out: to nothing here, or in a circle ("), note);
        assertTrue(note.contains("cat/dead.png") && note.contains("dog/round"), note);
    }

    @Test
    void metadataIsFoundWhateverItsCapitals() throws IOException {
        open("a.png", "b.png", "metadata.parquet");
        Files.writeString(folder.resolve("Metadata.CSV"), "file_name,label\na.png,x\nb.png,y\n");
        PictureFolder pictures = open();
        assertEquals(List.of("x", "y"), pictures.classNames());
        assertEquals(
                List.of("metadata.parquet left out: expected metadata.jsonl or metadata.csv"),
                pictures.report().notes());
        Files.move(folder.resolve("Metadata.CSV"), folder.resolve("METADATA.jsonl"));
        Files.writeString(folder.resolve("METADATA.jsonl"), "{\"file_name\": \"a.png\", \"text\": \"t\"}");
        assertEquals(Map.of("a.png", "t"), open().captions());
    }

    @Test
    void composedAndDecomposedNamesAreTheSame() throws IOException {
        assumeThatAnyNameCanBeWritten();
        open("Ka\u0308se/0.png", "M\u00f6hre/0.png", "Mo\u0308hre/1.png");
        assertEquals(List.of("K\u00e4se", "M\u00f6hre"), open().classNames());
        Files.writeString(
                folder.resolve("metadata.csv"),
                "file_name,label\nK\u00e4se/0.png,Ka\u0308se\nM\u00f6hre/0.png,o\nMo\u0308hre/1.png,K\u00e4se\n");
        assertEquals(List.of("K\u00e4se", "o"), open().classNames());
    }

    @Test
    void namesThatHaveLostCharactersAreRefused() throws IOException {
        assumeThatAnyNameCanBeWritten();
        String told = refusal(options(), "a.png", "caf\uFFFD/b.png");
        assertTrue(told.contains("caf\uFFFD/b.png, which has lost characters"), told);
        Files.delete(folder.resolve("caf\uFFFD/b.png"));
        Broken.folder(folder, Map.of("caf\uFFFD/notes.txt", PICTURE));
        assertEquals(1, open().size());
        Files.writeString(folder.resolve("metadata.csv"), "file_name,label\na.png,caf\uFFFD\n");
        assertTrue(refusal(options()).contains("found caf\uFFFD, which has lost characters"));
    }

    @Test
    void anotherLocaleIsAskedForWhereThisOneLosesNames() throws Exception {
        assumeThatAnyNameCanBeWritten();
        Broken.folder(folder, Map.of("caf\u00e9/0.png", PICTURE, "th\u00e9/0.png", PICTURE));
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                LeftOutTest.class.getName(),
                folder.toString());
        builder.environment().put("LC_ALL", "C");
        Process process = builder.redirectErrorStream(true).start();
        String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), told);
        assertTrue(told.contains("start Java in a UTF-8 locale, such as LC_ALL=C.UTF-8"), told);
    }

    /** What a JVM of another locale says of a folder. */
    public static void main(String[] folders) {
        List<String> told = new ArrayList<>();
        for (String name : folders) {
            told.add(assertThrows(
                            Diffusion4jException.class,
                            () -> PictureFolder.open(Path.of(name), options().build()))
                    .getMessage());
        }
        System.out.println(told);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "@eaDir",
                "@EADIR",
                "@Recently-Snapshot",
                "#recycle",
                "#snapshot",
                "$RECYCLE.BIN",
                "RECYCLER",
                "System Volume Information",
                "FOUND.001",
                "lost+found",
                "LOST.DIR",
                "Network Trash Folder",
                "Temporary Items",
                "__MACOSX",
                ".AppleDouble",
                ".Trash-1000",
                ".@__thumb"
            })
    void aSystemsFolderIsNoClassAndNoneOfItsPicturesIsRead(String system) throws IOException {
        PictureFolder read = open("a/0.png", "b/0.png", system + "/1.png", "a/" + system + "/2.png");
        assertEquals(List.of("a", "b"), read.classNames());
        assertEquals(2, read.size());
        assertEquals(
                List.of("2 files left out: hidden, or in a system's folder (" + system + ")"),
                read.report().notes());
    }
}
