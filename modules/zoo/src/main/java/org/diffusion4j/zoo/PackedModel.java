package org.diffusion4j.zoo;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.deeplearning4j.common.resources.DL4JResources;
import org.deeplearning4j.common.resources.ResourceType;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.file.FileReplacement;
import org.diffusion4j.weights.file.Sha256;

/**
 * A model from the jar as files, since weights are mapped into memory. The files are copied once to the folder where
 * Deeplearning4j keeps its zoo, and checked by SHA-256 at each use. {@code SHA256SUMS} lists a model's files.
 */
final class PackedModel {
    private static final String SUMS = "SHA256SUMS";

    private PackedModel() {}

    private record PackedFile(String sum, String path) {}

    static Path folder(String name) {
        Path folder = DL4JResources.getDirectory(ResourceType.ZOO_MODEL, "diffusion4j")
                .toPath()
                .resolve(name);
        for (PackedFile file : files(name)) {
            Path copy = folder.resolve(file.path);
            if (!Files.exists(copy) || !Sha256.of(copy).equals(file.sum)) {
                copy(name, file, copy);
            }
        }
        return folder;
    }

    static String weightsUrl(String name) {
        return resource(name, "unet/diffusion_pytorch_model.safetensors").toString();
    }

    private static List<PackedFile> files(String name) {
        List<PackedFile> files = new ArrayList<>();
        try (InputStream in = resource(name, SUMS).openStream()) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            for (String line : text.lines().toList()) {
                // The format is that of sha256sum: the sum, two spaces, the path.
                files.add(new PackedFile(line.substring(0, 64), line.substring(66)));
            }
        } catch (IOException e) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "model '%s': can't read its list of files: %s", name, e), e);
        }
        return files;
    }

    private static URL resource(String name, String path) {
        URL url = PackedModel.class.getResource("models/" + name + "/" + path);
        if (url == null) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "model '%s': expected %s in the zoo's jar, found none", name, path));
        }
        return url;
    }

    /** Copies a file. It is replaced as a whole, so that another process never sees half a file. */
    private static void copy(String name, PackedFile file, Path to) {
        try (InputStream in = resource(name, file.path).openStream()) {
            FileReplacement.makeFolder(to.getParent());
            FileReplacement.write(to, channel -> {
                String sum = Sha256.copying(in, Channels.newOutputStream(channel));
                if (!sum.equals(file.sum)) {
                    throw new Diffusion4jException(String.format(
                            Locale.ROOT,
                            "model '%s', %s: expected SHA-256 %s, found %s",
                            name,
                            file.path,
                            file.sum,
                            sum));
                }
            });
        } catch (FileAlreadyExistsException e) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "%s: expected a folder, found a file", to.getParent()), e);
        } catch (IOException e) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "%s: can't keep the model '%s' there: %s", to, name, e), e);
        }
    }
}
