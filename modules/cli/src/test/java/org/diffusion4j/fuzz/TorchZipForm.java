package org.diffusion4j.fuzz;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;

/** A zip archive with a pickle and storages: either is changed, and the archive made anew, or the archive itself is. */
final class TorchZipForm implements Form {
    private static final PickleForm PICKLE = new PickleForm();
    private static final ZipForm ARCHIVE = new ZipForm();

    @Override
    public byte[] mutated(byte[] file, byte[] other, Random random) {
        int kind = random.nextInt(10);
        if (kind == 0) {
            return ByteMutations.mutated(file, other, random);
        } else if (kind < 3) {
            return ARCHIVE.mutated(file, other, random);
        }
        Map<String, byte[]> entries = entries(file);
        Map<String, byte[]> changed = new LinkedHashMap<>();
        entries.forEach((name, bytes) -> {
            if (name.endsWith("data.pkl") && kind < 9) {
                changed.put(name, PICKLE.mutated(bytes, pickle(other), random));
            } else {
                changed.put(name, random.nextInt(50) == 0 ? ByteMutations.mutated(bytes, bytes, random) : bytes);
            }
        });
        return archive(changed, random.nextInt(4) > 0);
    }

    private static byte[] pickle(byte[] file) {
        return entries(file).entrySet().stream()
                .filter(entry -> entry.getKey().endsWith("data.pkl"))
                .findFirst()
                .map(Map.Entry::getValue)
                .orElseGet(() -> new byte[0]);
    }

    private static Map<String, byte[]> entries(byte[] file) {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (ZipFile archive = ZipFile.builder().setByteArray(file).get()) {
            for (ZipArchiveEntry entry : Collections.list(archive.getEntries())) {
                entries.put(entry.getName(), archive.getInputStream(entry).readAllBytes());
            }
            return entries;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] archive(Map<String, byte[]> entries, boolean stored) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream out = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> one : entries.entrySet()) {
                ZipEntry entry = new ZipEntry(one.getKey());
                if (stored) {
                    CRC32 sum = new CRC32();
                    sum.update(one.getValue());
                    entry.setMethod(ZipEntry.STORED);
                    entry.setSize(one.getValue().length);
                    entry.setCrc(sum.getValue());
                }
                out.putNextEntry(entry);
                out.write(one.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
