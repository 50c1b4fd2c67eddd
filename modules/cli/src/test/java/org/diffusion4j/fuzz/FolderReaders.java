package org.diffusion4j.fuzz;

import java.nio.file.Path;
import java.util.List;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.diffusers.WeightPreference;

/** Folders as people have them: flat ones, variants, shards in the old spelling and of torch files. */
final class FolderReaders {
    private static final Path CASES = Path.of("..", "verify", "src", "test", "resources", "goldens");

    private FolderReaders() {}

    /** @param scratch a folder of their own */
    static List<FuzzedReader> all(Path scratch) {
        return List.of(
                reader("flat-index", "flat-ddpm-both", "model_index.json", null, scratch),
                reader("flat-config", "flat-ddpm-both", "config.json", null, scratch),
                reader("flat-scheduler", "flat-ddpm-both", "scheduler_config.json", null, scratch),
                reader(
                        "variant-shards",
                        "flat-sharded-variant-legacy",
                        "unet/diffusion_pytorch_model.safetensors.fp16.index.json",
                        "fp16",
                        scratch),
                reader(
                        "torch-shards",
                        "flat-sharded-bin",
                        "unet/diffusion_pytorch_model.bin.index.json",
                        null,
                        scratch));
    }

    private static FuzzedReader reader(String name, String model, String file, String variant, Path scratch) {
        Path copy = Shown.copy(CASES.resolve(model).resolve("repo"), scratch.resolve(name));
        WeightPreference preference = WeightPreference.variant(variant);
        return new FuzzedReader(name, 5, List.of(Shown.bytes(copy.resolve(file))), new JsonForm(), input -> {
            Shown.write(copy.resolve(file), input);
            DiffusersModel read = DiffusersFolder.read(copy, preference);
            DiffusersFolder.taken(copy, preference);
            read.close();
        });
    }
}
