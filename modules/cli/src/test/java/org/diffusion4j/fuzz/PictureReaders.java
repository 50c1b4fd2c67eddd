package org.diffusion4j.fuzz;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.diffusion4j.data.DecodedPicture;
import org.diffusion4j.data.PictureFolder;
import org.diffusion4j.data.PictureOptions;

/** Pictures, archives of them, and what lies beside them. */
final class PictureReaders {
    private static final String CSV = "file_name,label,text\na.png,cat,a cat\nb.png,dog,\"two, dogs\"\nd/c.png,cat,\n";
    private static final String JSONL =
            """
            {"file_name": "a.png", "label": 0, "text": "a cat"}
            {"file_name": "b.png", "label": 1, "text": "caf\u00e9"}
            {"file_name": "d/c.png", "label": 0, "size": [1, 2], "where": {"x": 1.5}}
            """;

    private PictureReaders() {}

    /** @param scratch a folder of their own */
    static List<FuzzedReader> all(Path scratch) {
        List<FuzzedReader> all = new ArrayList<>();
        Map<String, List<byte[]>> seeds = new LinkedHashMap<>();
        seeds.put("png", PictureSeeds.png());
        seeds.put("jpeg", PictureSeeds.jpeg());
        seeds.put("gif", PictureSeeds.gif());
        seeds.put("bmp", PictureSeeds.bmp());
        seeds.put("webp", PictureSeeds.webp());
        Map<String, Integer> shares = Map.of("png", 800, "jpeg", 500, "gif", 250, "bmp", 500, "webp", 250);
        Map<String, Form> forms = Map.of(
                "png", new PngForm(),
                "jpeg", new JpegForm(),
                "gif", new GifForm(),
                "bmp", new BmpForm(),
                "webp", new WebpForm());
        seeds.forEach((name, files) ->
                all.add(new FuzzedReader(name, shares.get(name), files, forms.get(name), DecodedPicture::read)));
        // As a user has them: what is broken is told by the report.
        Path folder = scratch.resolve("pictures");
        seeds.forEach((name, files) -> all.add(new FuzzedReader("folder-" + name, 10, files, forms.get(name), input -> {
            Shown.write(folder.resolve("picture.png"), input); // whatever the suffix says
            open(folder);
        })));
        all.add(archive(
                scratch, "zip", 120, List.of(zip(CSV, "metadata.csv"), zip(JSONL, "metadata.jsonl")), new ZipForm()));
        String texts = "file_name,text\na.png,a cat\nb.png,\"two, dogs\"\n";
        List<byte[]> tars = List.of(tar(texts, "metadata.csv"), tar("{\"file_name\": \"a.png\"}", "metadata.jsonl"));
        all.add(archive(scratch, "tar", 120, tars, new TarForm()));
        all.add(archive(
                scratch, "tar.gz", 60, tars.stream().map(GzipForm::pack).toList(), new GzipForm(new TarForm())));
        all.add(metadata(scratch, "metadata.csv", CSV, new LinesForm(null)));
        all.add(metadata(scratch, "metadata.jsonl", JSONL, new LinesForm(new JsonForm())));
        return all;
    }

    private static void open(Path path) {
        PictureOptions options = PictureOptions.builder(8, 8)
                .threads(1)
                .heapBytes(1 << 20)
                .brokenShare(1)
                .build();
        Shown.check("report", PictureFolder.open(path, options).report().toString());
    }

    private static FuzzedReader archive(Path scratch, String suffix, int share, List<byte[]> seeds, Form form) {
        Path file = scratch.resolve("archive." + suffix);
        return new FuzzedReader("archive-" + suffix, share, seeds, form, input -> {
            Shown.write(file, input);
            open(file);
        });
    }

    private static FuzzedReader metadata(Path scratch, String name, String text, Form form) {
        Path folder = scratch.resolve("beside-" + name);
        for (String picture : List.of("a.png", "b.png", "d/c.png")) {
            Shown.write(folder.resolve(picture), picture());
        }
        return new FuzzedReader(name, 80, List.of(text.getBytes(StandardCharsets.UTF_8)), form, input -> {
            Shown.write(folder.resolve(name), input);
            open(folder);
        });
    }

    static byte[] picture() {
        return PictureSeeds.written(PictureSeeds.drawn(8, 8, BufferedImage.TYPE_INT_RGB), "png", false);
    }

    private static Map<String, byte[]> files(String metadata, String name) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("a.png", picture());
        files.put("b.png", picture());
        files.put("d/c.png", picture());
        files.put(name, metadata.getBytes(StandardCharsets.UTF_8));
        return files;
    }

    private static byte[] zip(String metadata, String name) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> file : files(metadata, name).entrySet()) {
                zip.putNextEntry(new ZipEntry(file.getKey()));
                zip.write(file.getValue());
                zip.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** With pax headers (a long name, one that isn't ASCII) and links of both kinds. */
    private static byte[] tar(String metadata, String name) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Map<String, byte[]> files = files(metadata, name);
        files.put("d/" + "long".repeat(30) + ".png", picture());
        files.put("d/caf\u00e9.png", picture());
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "UTF-8")) {
            tar.setLongFileMode(
                    name.endsWith("csv") ? TarArchiveOutputStream.LONGFILE_POSIX : TarArchiveOutputStream.LONGFILE_GNU);
            tar.setAddPaxHeadersForNonAsciiNames(true);
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                TarArchiveEntry entry = new TarArchiveEntry(file.getKey());
                entry.setSize(file.getValue().length);
                tar.putArchiveEntry(entry);
                tar.write(file.getValue());
                tar.closeArchiveEntry();
            }
            for (byte kind : new byte[] {TarConstants.LF_LINK, TarConstants.LF_SYMLINK}) {
                TarArchiveEntry link = new TarArchiveEntry("d/link" + kind + ".png", kind);
                link.setLinkName(kind == TarConstants.LF_LINK ? "a.png" : "../b.png");
                tar.putArchiveEntry(link);
                tar.closeArchiveEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
