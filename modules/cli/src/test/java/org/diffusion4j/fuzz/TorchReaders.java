package org.diffusion4j.fuzz;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.diffusion4j.weights.tensor.FileTensor;
import org.diffusion4j.weights.tensor.TensorType;
import org.diffusion4j.weights.torchfile.TorchFile;

/** Files of torch.save, all of whose tensors are read. */
final class TorchReaders {
    private static final Path CASES = Path.of("..", "verify", "src", "test", "resources", "goldens");

    private TorchReaders() {}

    /** @param scratch a folder of their own */
    static List<FuzzedReader> all(Path scratch) {
        Path zip = scratch.resolve("changed-zip.pt");
        Path legacy = scratch.resolve("changed-legacy.pt");
        return List.of(
                new FuzzedReader(
                        "torch-zip",
                        60,
                        seeds(
                                "pickle-zip-lightning/last.ckpt",
                                "pickle-zip-dtypes/pytorch_model.bin",
                                "pickle-zip-newer-dtypes/model.pt",
                                "pickle-zip-deflated/model.pt",
                                "pickle-zip-parameters/model.pt",
                                "pickle-hostile/control-good.pt",
                                "pickle-hostile/memo-bomb.pt",
                                "pickle-hostile/list-in-itself.pt",
                                "pickle-hostile/unknown-rebuild.pt"),
                        new TorchZipForm(),
                        input -> read(zip, input)),
                new FuzzedReader(
                        "torch-legacy",
                        60,
                        seeds(
                                "pickle-legacy-lightning/last.ckpt",
                                "pickle-legacy-dtypes/model.pt",
                                "pickle-legacy-protocol4/model.pt",
                                "pickle-hostile/control-good-legacy.pt",
                                "pickle-hostile/legacy-os-system.pt"),
                        new PickleForm(),
                        input -> read(legacy, input)));
    }

    private static List<byte[]> seeds(String... files) {
        return Stream.of(files).map(file -> Shown.bytes(CASES.resolve(file))).toList();
    }

    private static void read(Path path, byte[] input) throws IOException {
        Shown.write(path, input);
        try (TorchFile file = TorchFile.open(path)) {
            for (String name : file.paths()) {
                FileTensor tensor = file.tensorAt(name);
                if (tensor.type().isFloat()) {
                    tensor.isFinite();
                    tensor.floats().close();
                } else if (tensor.type() == TensorType.BOOL
                        || tensor.type().name().matches("[IU]\\d+")) {
                    tensor.longs().close();
                } else {
                    tensor.writeTo(Channels.newChannel(OutputStream.nullOutputStream()));
                }
            }
            file.sharedStorages();
        }
    }
}
