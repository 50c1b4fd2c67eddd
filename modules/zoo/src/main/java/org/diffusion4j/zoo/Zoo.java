package org.diffusion4j.zoo;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.NearestNames;
import org.diffusion4j.weights.DiffusersFolder;
import org.diffusion4j.weights.DiffusersModel;

/** The models by name. */
public final class Zoo {
    private Zoo() {}

    /**
     * What the zoo has.
     *
     * @return its entries
     */
    public static List<UNetZooModel> models() {
        return List.of(new DdpmMnist(), new DdpmCifar10Small());
    }

    /**
     * A model of the zoo or of a folder.
     *
     * @param nameOrFolder a zoo name, or a diffusers folder: a pipeline's or a bare U-Net's
     * @return the model
     * @throws Diffusion4jException if there is neither, or the folder isn't as it must be
     */
    public static DiffusersModel find(String nameOrFolder) {
        for (UNetZooModel entry : models()) {
            if (entry.modelName().equals(nameOrFolder)) {
                return entry.model();
            }
        }
        Path folder = Path.of(nameOrFolder);
        if (!Files.isDirectory(folder)) {
            List<String> names = models().stream().map(UNetZooModel::modelName).toList();
            String question = NearestNames.question(nameOrFolder, names);
            throw new Diffusion4jException(String.format(
                    Locale.ROOT,
                    "model: expected a folder or one of the zoo (%s), found %s'%s'%s",
                    String.join(", ", names),
                    Files.exists(folder) ? "the file " : "",
                    nameOrFolder,
                    question.isEmpty() ? "" : "; " + question));
        }
        return DiffusersFolder.read(folder);
    }
}
