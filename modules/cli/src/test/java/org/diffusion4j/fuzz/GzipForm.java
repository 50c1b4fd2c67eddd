package org.diffusion4j.fuzz;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** A format within gzip: mostly what is inside is changed, sometimes the packed bytes. */
record GzipForm(Form inner) implements Form {
    @Override
    public byte[] mutated(byte[] file, byte[] other, Random random) {
        byte[] packed = file;
        if (random.nextInt(4) > 0) {
            packed = pack(inner.mutated(unpacked(file), unpacked(other), random));
        }
        return packed == file || random.nextInt(8) == 0 ? ByteMutations.mutated(packed, other, random) : packed;
    }

    static byte[] pack(byte[] bytes) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packed.toByteArray();
    }

    private static byte[] unpacked(byte[] file) {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(file))) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
