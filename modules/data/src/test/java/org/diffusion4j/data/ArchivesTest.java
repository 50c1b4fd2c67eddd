package org.diffusion4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.zip.UnicodePathExtraField;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.diffusion4j.Diffusion4jException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What archives hold is read as it was meant; what they claim is not believed. */
class ArchivesTest {
    private static final byte[] PICTURE = Broken.file("good/plain.png");

    @TempDir
    Path folder;

    private static PictureFolder open(Path archive) {
        return PictureFolder.open(
                archive, PictureOptions.builder(8, 8).threads(2).build());
    }

    private static Path stored(String name) {
        try {
            return Path.of(ArchivesTest.class.getResource("/archives/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String refusal(Path archive) {
        String message = assertTimeout(
                Duration.ofSeconds(20), () -> assertThrows(Diffusion4jException.class, () -> open(archive))
                        .getMessage());
        assertTrue(message.length() < 500 && !message.matches("(?s).*\\p{Cntrl}.*"), message);
        return message;
    }

    private Path write(String name, byte[]... parts) throws IOException {
        Path path = folder.resolve(name);
        try (OutputStream file = Files.newOutputStream(path);
                OutputStream out = name.endsWith("gz") ? new GZIPOutputStream(file) : file) {
            for (byte[] part : parts) {
                out.write(part);
            }
        }
        return path;
    }

    @ParameterizedTest
    @CsvSource({
        "ok.zip, 50",
        "ok.tar.gz, 50",
        "trailing-zeros.tar.gz, 50",
        "prefixed.zip, 50",
        "suffixed.zip, 50",
        "zip64.zip, 1",
        "ansi.zip, 200",
        "symlink.zip, 1",
        "nul.zip, 1",
        "nested.zip, 1",
        "idat-bomb.zip, 2",
        "traversal.tar, 2"
    })
    void oddArchivesAreRead(String name, int pictures) {
        PictureFolder read = open(stored(name));
        assertEquals(pictures, read.size());
        assertFalse(
                read.report().toString().matches("(?s).*\\p{Cntrl}.*"),
                read.report().toString());
    }

    @ParameterizedTest
    @CsvSource({
        "trunc.tar, cut",
        "trunc.tar.gz, cut",
        "trunc-end.tar.gz, cut",
        "trunc-entry-boundary.tar, cut",
        "trunc-entry-boundary.tar.gz, cut",
        "trunc-noeof.tar, cut",
        "trunc.zip, ZIP",
        "dup.tar, found twice: a.png",
        "dup.zip, found twice: a.png",
        "dup-normal.zip, found twice: a.png",
        "claim8EB.tar, 9223372036854775807",
        "claimLongName2G.tar, 2000000000",
        "claimPax2G.tar, 2000000000",
        "paxbiglen.tar, damaged pax header",
        "paxneg.tar, no number",
        "sparse1PB.tar, --sparse",
        "encrypted.zip, encryption",
        "onebit60000.zip, mostPixels"
    })
    void damagedAndHostileArchivesAreRefused(String name, String why) {
        String told = refusal(stored(name));
        assertTrue(told.contains(why), told);
    }

    @ParameterizedTest
    @ValueSource(strings = {"fuzz-1.tar", "fuzz-2.tar", "fuzz-1.tar.gz", "fuzz-2.tar.gz", "fuzz-3.tar.gz"})
    void mutatedArchivesAreReadOrRefusedInALine(String name) {
        try {
            assertTrue(open(stored(name)).size() > 0);
        } catch (Diffusion4jException e) {
            refusal(stored(name));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"links.tar", "links.zip"})
    void linksWithinAreFollowed(String name) {
        PictureFolder pictures = open(stored(name));
        assertEquals(List.of("apple", "bird", "cat", "dog"), pictures.classNames());
        assertEquals(
                Map.of("apple", 4, "bird", 4, "cat", 4, "dog", 2),
                pictures.report().perClass());
        assertEquals(List.of(), pictures.report().notes());
    }

    @Test
    void linksToFoldersAndThroughThemAreFollowedAndCirclesNot() throws IOException {
        Map<String, String> links = new LinkedHashMap<>();
        links.put("dog", "cat");
        links.put("bird/0.png", "../dog/0.png");
        links.put("bird/1.png", "0.png");
        links.put("bird/dead.png", "absent.png");
        links.put("bird/out.png", "../../0.png");
        links.put("bird/absolute.png", "/etc/0.png");
        links.put("round/a", "b");
        links.put("round/b", "a");
        links.put("cat/self", ".");
        Map<String, byte[]> files = Map.of("cat/0.png", PICTURE, "cat/1.png", PICTURE);
        for (Path archive : List.of(tar("a.tar", files, links), zip("a.zip", files, links))) {
            PictureFolder pictures = open(archive);
            assertEquals(List.of("bird", "cat", "dog"), pictures.classNames());
            assertEquals(6, pictures.size());
            String note = pictures.report().notes().get(0);
            assertTrue(
                    note.startsWith("6 links left out: to nothing here, or in a circle (bird/absolute.png, bird/dead"),
                    note);
        }
    }

    @Test
    void linksThatMultiplyAreRefused() throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        Map<String, String> links = new TreeMap<>();
        for (int i = 0; i < 200; i++) {
            files.put("a/" + i + ".png", PICTURE);
            links.put("link" + i, "a");
        }
        assertTrue(refusal(tar("a.tgz", files, links)).contains("links that give at most"));
    }

    private Path tar(String name, Map<String, byte[]> files, Map<String, String> links) throws IOException {
        Path path = folder.resolve(name);
        try (OutputStream file = Files.newOutputStream(path);
                OutputStream out = name.endsWith("gz") ? new GZIPOutputStream(file) : file;
                TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
            for (Map.Entry<String, String> link : links.entrySet()) {
                TarArchiveEntry entry = new TarArchiveEntry(link.getKey(), TarConstants.LF_SYMLINK, true);
                entry.setLinkName(link.getValue());
                tar.putArchiveEntry(entry);
                tar.closeArchiveEntry();
            }
            for (Map.Entry<String, byte[]> each : files.entrySet()) {
                TarArchiveEntry entry = new TarArchiveEntry(each.getKey());
                entry.setSize(each.getValue().length);
                tar.putArchiveEntry(entry);
                tar.write(each.getValue());
                tar.closeArchiveEntry();
            }
        }
        return path;
    }

    private Path zip(String name, Map<String, byte[]> files, Map<String, String> links) throws IOException {
        Path path = folder.resolve(name);
        try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(path)) {
            for (Map.Entry<String, String> link : links.entrySet()) {
                ZipArchiveEntry entry = new ZipArchiveEntry(link.getKey());
                entry.setUnixMode(0120777);
                zip.putArchiveEntry(entry);
                zip.write(link.getValue().getBytes(StandardCharsets.UTF_8));
                zip.closeArchiveEntry();
            }
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                zip.putArchiveEntry(new ZipArchiveEntry(file.getKey()));
                zip.write(file.getValue());
                zip.closeArchiveEntry();
            }
        }
        return path;
    }

    @ParameterizedTest
    @CsvSource({
        "cp850.zip, Bär, Bör, 6",
        "latin1.tar, Bär, Bör, 4",
        "gbk.zip, ─±, ├¿, 9",
        "gbk_distinct.zip, ─±, ├¿, 9",
        "sjis.zip, Æ╣, îó, 9"
    })
    void namesThatAreNotUtf8StayDistinct(String name, String first, String second, int pictures) {
        PictureFolder read = open(stored(name));
        assertEquals(pictures, read.size());
        assertEquals(List.of(first, second), read.classNames().subList(0, 2));
        String note = read.report().notes().get(0);
        assertTrue(note.startsWith(pictures + " names are not in UTF-8, so read as "), note);
    }

    @Test
    void aFieldWithTheNameInUtf8IsBelieved() throws IOException {
        Path path = folder.resolve("a.zip");
        try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(path)) {
            zip.setEncoding("IBM437");
            zip.setUseLanguageEncodingFlag(false);
            zip.setCreateUnicodeExtraFields(ZipArchiveOutputStream.UnicodeExtraFieldPolicy.NEVER);
            for (String name : List.of("猫/0.png", "犬/0.png")) {
                byte[] raw = ("%U" + (int) name.charAt(0)).getBytes(StandardCharsets.US_ASCII);
                ZipArchiveEntry entry = new ZipArchiveEntry(new String(raw, StandardCharsets.US_ASCII));
                entry.addExtraField(new UnicodePathExtraField(name, raw));
                zip.putArchiveEntry(entry);
                zip.write(PICTURE);
                zip.closeArchiveEntry();
            }
        }
        assertEquals(List.of("犬", "猫"), open(path).classNames());
    }

    @Test
    void namesInPaxHeadersThatAreNotUtf8StayDistinct() throws IOException {
        byte[] binary = record("hdrcharset=BINARY");
        Path path = write(
                "a.tar",
                pax(binary, record(new byte[] {'B', (byte) 0xE4, '/', '0', '.', 'p', 'n', 'g'})),
                file("x", PICTURE),
                pax(binary, record(new byte[] {'B', (byte) 0xF6, '/', '0', '.', 'p', 'n', 'g'})),
                file("x", PICTURE),
                new byte[1024]);
        assertEquals(List.of("B\u00e4", "B\u00f6"), open(path).classNames());
    }

    @Test
    void decomposedNamesMeetComposedMetadata() {
        PictureFolder pictures = open(stored("nfd.zip"));
        assertEquals(List.of("0", "1"), pictures.classNames());
        assertEquals(3, pictures.size());
    }

    @Test
    void whatFollowsATarIsSaid() throws IOException {
        byte[] one = concatenated(file("a.png", PICTURE), new byte[1024]);
        PictureFolder pictures = open(write("a.tar.gz", one, one));
        assertEquals(1, pictures.size());
        assertEquals(
                List.of("what follows the archive's end in its file was left out"),
                pictures.report().notes());
    }

    @Test
    void membersOfAGzipFileAreOneAndOtherBytesBehindThemAreRefused() throws IOException {
        byte[] whole = concatenated(file("a.png", PICTURE), file("b.png", PICTURE), new byte[1024]);
        byte[] first = Files.readAllBytes(write("1.gz", Arrays.copyOf(whole, 700)));
        byte[] second = Files.readAllBytes(write("2.gz", Arrays.copyOfRange(whole, 700, whole.length)));
        Path path = folder.resolve("a.tgz");
        Files.write(path, concatenated(first, second, new byte[100_000]));
        assertEquals(2, open(path).size());
        Files.write(path, concatenated(first, second, new byte[10], new byte[] {1}));
        assertTrue(refusal(path).contains("other bytes behind"));
    }

    @Test
    void aSumThatIsWrongIsABrokenPicture() throws IOException {
        Path path = Broken.zip(folder.resolve("a.zip"), Map.of("a.png", PICTURE));
        byte[] zip = Files.readAllBytes(path);
        ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN).putInt(indexOf(zip, 0x02014B50) + 16, 7);
        Files.write(path, zip);
        assertTrue(refusal(path).contains("expected bytes with the sum"));
    }

    private static int indexOf(byte[] bytes, int signature) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int at = 0;
        while (buffer.getInt(at) != signature) {
            at++;
        }
        return at;
    }

    @Test
    void aNameOfAGigabyteIsRefusedBeforeThereIsRoomForIt() throws IOException {
        byte[] megabyte = new byte[1 << 20];
        Arrays.fill(megabyte, (byte) 'x');
        byte[][] parts = new byte[4][];
        Arrays.fill(parts, megabyte);
        parts[0] = header("././@LongLink", 1500 << 20, 'L');
        assertTrue(refusal(write("a.tar.gz", parts)).contains("at most a megabyte about one entry"));
        parts[0] = header("pax", 1500 << 20, 'x');
        assertTrue(refusal(write("b.tar.gz", parts)).contains("at most a megabyte about one entry"));
    }

    @Test
    void manyLongNamesAreBeyondTheBudget() throws IOException {
        byte[] name = new byte[1 << 20];
        Arrays.fill(name, 0, 4000, (byte) 'x');
        byte[][] parts = new byte[3 * 100][];
        for (int i = 0; i < parts.length; i += 3) {
            parts[i] = header("././@LongLink", 1 << 20, 'L');
            System.arraycopy(String.format(Locale.ROOT, "%06d", i).getBytes(StandardCharsets.US_ASCII), 0, name, 0, 6);
            parts[i + 1] = name.clone();
            parts[i + 2] = header("a.png", 0, '0');
        }
        assertTrue(refusal(write("a.tar.gz", parts)).contains("bytes when unpacked"));
    }

    @Test
    void aLargeFileThatIsNoPictureIsBeyondTheBudgetBeforeItIsRead() throws IOException {
        assertTrue(refusal(write("a.tgz", header("x.bin", 20L << 30, '0'), new byte[1 << 20]))
                .contains("bytes when unpacked"));
    }

    @Test
    void aZipOfZerosIsBeyondTheBudget() throws IOException {
        Path path = folder.resolve("a.zip");
        try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(path)) {
            byte[] megabytes = new byte[4 << 20];
            for (int i = 0; i < 30; i++) {
                zip.putArchiveEntry(new ZipArchiveEntry(i + ".png"));
                zip.write(megabytes);
                zip.closeArchiveEntry();
            }
        }
        assertTrue(refusal(path).contains("bytes when unpacked"));
    }

    @Test
    void entriesThatOverlapAreRefused() throws IOException {
        byte[] packed = deflated(new byte[1 << 20]);
        byte[] name = "k.png".getBytes(StandardCharsets.US_ASCII);
        ByteBuffer zip = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
        CRC32 sum = new CRC32();
        sum.update(new byte[1 << 20]);
        zip.putInt(0x04034B50)
                .putShort((short) 20)
                .putShort((short) 0)
                .putShort((short) 8)
                .putInt(0);
        zip.putInt((int) sum.getValue()).putInt(packed.length).putInt(1 << 20);
        zip.putShort((short) name.length).putShort((short) 0).put(name).put(packed);
        int directory = zip.position();
        int copies = 1000;
        for (int i = 0; i < copies; i++) {
            byte[] own = String.format(Locale.ROOT, "%05d.png", i).getBytes(StandardCharsets.US_ASCII);
            zip.putInt(0x02014B50).putShort((short) 20).putShort((short) 20).putShort((short) 0);
            zip.putShort((short) 8)
                    .putInt(0)
                    .putInt((int) sum.getValue())
                    .putInt(packed.length)
                    .putInt(1 << 20);
            zip.putShort((short) own.length)
                    .putShort((short) 0)
                    .putShort((short) 0)
                    .putShort((short) 0);
            zip.putShort((short) 0).putInt(0).putInt(0).put(own);
        }
        int size = zip.position() - directory;
        zip.putInt(0x06054B50).putInt(0).putShort((short) copies).putShort((short) copies);
        zip.putInt(size).putInt(directory).putShort((short) 0);
        Path path = folder.resolve("a.zip");
        Files.write(path, Arrays.copyOf(zip.array(), zip.position()));
        assertTrue(refusal(path).contains("entries that overlap"));
    }

    private static byte[] deflated(byte[] bytes) {
        Deflater deflater = new Deflater(9, true);
        deflater.setInput(bytes);
        deflater.finish();
        byte[] packed = new byte[bytes.length];
        int length = deflater.deflate(packed);
        deflater.end();
        return Arrays.copyOf(packed, length);
    }

    @Test
    void namesBeyondAnySystemsAreRefused() throws IOException {
        Map<String, byte[]> deep = Map.of("d/".repeat(2100) + "a.png", PICTURE, "b.png", PICTURE);
        assertTrue(refusal(Broken.zip(folder.resolve("a.zip"), deep)).contains("names of at most 4096 bytes"));
        assertTrue(refusal(Broken.tar(folder.resolve("a.tar"), deep)).contains("names of at most 4096 bytes"));
    }

    /** Names, kinds and sizes of all that GNU tar, Python and others write, read as they do. */
    @Test
    void everyFormOfATarGivesTheSame() throws IOException {
        String longName = "n".repeat(120) + "/0.png";
        String both = "p".repeat(90) + "/" + "n".repeat(80) + ".png";
        Set<Set<String>> found = new HashSet<>();
        for (int mode : List.of(TarArchiveOutputStream.LONGFILE_GNU, TarArchiveOutputStream.LONGFILE_POSIX)) {
            Path path = folder.resolve(mode + ".tar");
            try (TarArchiveOutputStream tar = new TarArchiveOutputStream(Files.newOutputStream(path))) {
                tar.setLongFileMode(mode);
                for (String name : List.of("a.png", longName, both)) {
                    TarArchiveEntry entry = new TarArchiveEntry(name);
                    entry.setSize(PICTURE.length);
                    tar.putArchiveEntry(entry);
                    tar.write(PICTURE);
                    tar.closeArchiveEntry();
                }
            }
            found.add(Set.copyOf(PictureFiles.open(path, List.of()).names()));
        }
        byte[] ustar = header("n".repeat(80) + ".png", PICTURE.length, '0');
        byte[] prefix = "p".repeat(90).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(prefix, 0, ustar, 345, prefix.length);
        byte[] body = Arrays.copyOf(PICTURE, (PICTURE.length + 511) / 512 * 512);
        Path path = write(
                "u.tar",
                concatenated(summed(ustar), body, file("a.png", PICTURE), header("././@LongLink", 126, 'L')),
                Arrays.copyOf(longName.getBytes(StandardCharsets.US_ASCII), 512),
                file("cut", PICTURE),
                new byte[512]);
        found.add(Set.copyOf(PictureFiles.open(path, List.of()).names()));
        assertEquals(Set.of(Set.of("a.png", longName, both)), found);
        assertEquals(3, open(path).size());
    }

    private static byte[] record(String text) {
        return recordOf(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Of a path. */
    private static byte[] record(byte[] path) {
        return recordOf(concatenated("path=".getBytes(StandardCharsets.US_ASCII), path));
    }

    private static byte[] recordOf(byte[] text) {
        byte[] head = ((text.length + 4) + " ").getBytes(StandardCharsets.US_ASCII);
        return concatenated(head, text, new byte[] {'\n'});
    }

    private static byte[] pax(byte[]... records) {
        byte[] all = concatenated(records);
        return concatenated(header("pax", all.length, 'x'), Arrays.copyOf(all, 512));
    }

    private static byte[] file(String name, byte[] content) {
        int padded = (content.length + 511) / 512 * 512;
        return concatenated(header(name, content.length, '0'), Arrays.copyOf(content, padded));
    }

    private static byte[] header(String name, long size, char type) {
        byte[] header = new byte[512];
        put(header, 0, name);
        put(header, 100, "0000644\0" + "0000000\0" + "0000000\0");
        if (size < 1L << 33) {
            put(header, 124, String.format(Locale.ROOT, "%011o", size));
        } else {
            header[124] = (byte) 0x80;
            ByteBuffer.wrap(header).putLong(128, size);
        }
        put(header, 136, "00000000000");
        header[156] = (byte) type;
        put(header, 257, "ustar\0" + "00");
        return summed(header);
    }

    private static byte[] summed(byte[] header) {
        put(header, 148, "        ");
        int sum = 0;
        for (byte each : header) {
            sum += each & 0xFF;
        }
        put(header, 148, String.format(Locale.ROOT, "%06o\0 ", sum));
        return header;
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }

    private static byte[] concatenated(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    @Test
    void anArchiveIsKnownByItsBytesWhateverItsNameSays() throws IOException {
        byte[] tar = Files.readAllBytes(stored("links.tar"));
        byte[] zip = Files.readAllBytes(stored("links.zip"));
        byte[] packed = Files.readAllBytes(write("packed.tar.gz", tar));
        for (String name : List.of("a.zip", "b.tar", "c.tgz", "d.TAR.GZ")) {
            for (byte[] content : List.of(tar, zip, packed)) {
                assertEquals(
                        14, open(Files.write(folder.resolve(name), content)).size(), name);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "BZh91AY, a bzip2 archive",
        "'version https://git-lfs.github.com/spec/v1', a Git LFS pointer",
        "'\n<!DOCTYPE html><html>', a web page (HTML)",
        "'<?xml version=\"1.0\"?><Error>', an XML document",
        "'Rar!\u001A\u0007', a RAR archive",
        "%PDF-1.7, a PDF document"
    })
    void whatIsNoArchiveIsNamed(String content, String kind) throws IOException {
        for (String name : List.of("a.zip", "b.tar", "c.tar.gz")) {
            Path file = Files.write(folder.resolve(name), content.getBytes(StandardCharsets.ISO_8859_1));
            assertTrue(refusal(file).contains("expected a .zip, .tar, .tar.gz or .tgz, found " + kind));
        }
    }

    @Test
    void twentyPicturesOfMorePixelsThanTheirBytesAreWorthAreRefusedAtOnce() {
        assertTrue(refusal(stored("atlimit20.zip")).contains("found a claim of 11585x11585"));
    }
}
