package org.diffusion4j.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.diffusion.sampler.BetaSchedulerConfig;
import org.diffusion4j.diffusion.sampler.DdimConfig;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.option.DownBlockType;
import org.diffusion4j.graph.option.UpBlockType;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.diffusers.ModelSettings;
import org.diffusion4j.weights.diffusers.SchedulerConfigJson;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Model folders, file by file. */
final class ModelReaders {
    /** Every file a seed of which is changed, in a pipeline's folder. */
    private static final String WEIGHTS = "unet/diffusion_pytorch_model.safetensors";

    /** The smallest network that has everything: two levels, attention, classes. */
    private static final UNetConfig CONFIG = UNetConfig.builder()
            .sampleSize(SampleSize.square(8))
            .inChannels(1)
            .outChannels(1)
            .blockOutChannels(List.of(4, 8))
            .downBlockTypes(List.of(DownBlockType.DOWN, DownBlockType.ATTENTION))
            .upBlockTypes(List.of(UpBlockType.ATTENTION, UpBlockType.UP))
            .layersPerBlock(1)
            .normNumGroups(2)
            .numClassEmbeds(3)
            .build();

    private ModelReaders() {}

    /** @param scratch a folder of their own */
    static List<FuzzedReader> all(Path scratch) {
        Path model = scratch.resolve("model");
        DiffusersFolder.write(model, model());
        List<FuzzedReader> all = new ArrayList<>();
        for (String file : List.of(
                "model_index.json", "unet/config.json", "scheduler/scheduler_config.json", "diffusion4j.json")) {
            Path copy = Shown.copy(model, scratch.resolve("changed-" + file.replace('/', '-')));
            List<byte[]> seeds = new ArrayList<>(List.of(Shown.bytes(model.resolve(file))));
            if (file.startsWith("scheduler")) {
                seeds.addAll(schedulers());
            }
            all.add(new FuzzedReader("model-" + name(file), 8, seeds, new JsonForm(), input -> {
                Shown.write(copy.resolve(file), input);
                read(copy);
            }));
        }
        Path info = Shown.copy(model, scratch.resolve("info"));
        all.add(new FuzzedReader(
                "info-diffusion4j.json",
                3,
                List.of(Shown.bytes(model.resolve("diffusion4j.json"))),
                new JsonForm(),
                input -> {
                    Shown.write(info.resolve("diffusion4j.json"), input);
                    Shown.command("info", info);
                }));
        all.add(weights(model, scratch));
        all.add(index(model, scratch));
        all.addAll(safetensors(scratch));
        all.add(schedule(scratch));
        all.add(newNetwork(model, scratch));
        return all;
    }

    private static String name(String file) {
        return file.substring(file.lastIndexOf('/') + 1);
    }

    private static DiffusersModel model() {
        Map<String, INDArray> weights = new LinkedHashMap<>();
        CONFIG.parameterShapes()
                .forEach((name, shape) -> weights.put(name, Nd4j.valueArrayOf(shape, 0.02, DataType.FLOAT)));
        ModelSettings.Sampling sampling = new ModelSettings.Sampling(
                SchedulerKind.DDIM, 2, 2.0, Map.of("timestep_spacing", "trailing", "use_clipped_model_output", true));
        return DiffusersModel.of(CONFIG, new DdpmConfig(), weights)
                .withSettings(new ModelSettings(List.of("cat", "dog"), 2, sampling));
    }

    private static void read(Path folder) {
        DiffusersFolder.read(folder).weights().values().forEach(INDArray::close);
    }

    private static List<byte[]> schedulers() {
        try {
            Path file = Files.createTempFile("scheduler", ".json");
            List<byte[]> all = new ArrayList<>();
            for (SchedulerConfig config : List.of(new DdpmConfig(), new DdimConfig())) {
                SchedulerConfigJson.write(file, config);
                all.add(Files.readAllBytes(file));
            }
            Files.delete(file);
            return all;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static FuzzedReader weights(Path model, Path scratch) {
        Path copy = Shown.copy(model, scratch.resolve("changed-weights"));
        return new FuzzedReader(
                "model-weights", 8, List.of(Shown.bytes(model.resolve(WEIGHTS))), new SafetensorsForm(), input -> {
                    Shown.write(copy.resolve(WEIGHTS), input);
                    read(copy);
                });
    }

    /** A network in two files, and the list of what lies in which. */
    private static FuzzedReader index(Path model, Path scratch) {
        Path folder = Shown.copy(model.resolve("unet"), scratch.resolve("sharded"));
        Map<String, INDArray> first = new LinkedHashMap<>();
        Map<String, INDArray> second = new LinkedHashMap<>();
        StringBuilder index = new StringBuilder("{\"metadata\": {\"total_size\": 1}, \"weight_map\": {");
        CONFIG.parameterShapes().forEach((name, shape) -> {
            boolean early = name.compareTo("mid") < 0;
            (early ? first : second).put(name, Nd4j.valueArrayOf(shape, 0.02, DataType.FLOAT));
            index.append(index.charAt(index.length() - 1) == '{' ? "" : ", ")
                    .append('"')
                    .append(name)
                    .append(early ? "\": \"m-1.safetensors\"" : "\": \"m-2.safetensors\"");
        });
        try {
            Files.delete(folder.resolve(name(WEIGHTS)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        SafetensorsWriter.writeArrays(folder.resolve("m-1.safetensors"), first);
        SafetensorsWriter.writeArrays(folder.resolve("m-2.safetensors"), second);
        byte[] seed = index.append("}}").toString().getBytes(StandardCharsets.UTF_8);
        return new FuzzedReader("model-index", 8, List.of(seed), new JsonForm(), input -> {
            Shown.write(folder.resolve(name(WEIGHTS) + ".index.json"), input);
            read(folder);
        });
    }

    /** One file, all its tensors read, with every change; and with changes of bytes, whatever they are. */
    private static List<FuzzedReader> safetensors(Path scratch) {
        Path written = scratch.resolve("written.safetensors");
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        arrays.put("a.weight", Nd4j.valueArrayOf(new long[] {2, 3}, 0.5, DataType.FLOAT));
        arrays.put("b", Nd4j.valueArrayOf(new long[] {1}, 1.5, DataType.FLOAT));
        SafetensorsWriter.writeArrays(written, arrays);
        // A network's weights are read by others: they are many tensors of one kind, and cost as much as all else.
        List<byte[]> seeds = List.of(Shown.bytes(written), types());
        Path file = scratch.resolve("changed.safetensors");
        FuzzedReader.Target target = input -> {
            Shown.write(file, input);
            try (SafetensorsReader reader = SafetensorsReader.open(file)) {
                for (String name : reader.names()) {
                    reader.tensor(name);
                    if (reader.entry(name).type().isFloat()) {
                        reader.read(name).close();
                    } else if (reader.entry(name).type().name().matches("BOOL|[IU]\\d+")) {
                        reader.readLong(name).close();
                    }
                }
            }
        };
        Form bytes = ByteMutations::mutated;
        return List.of(
                new FuzzedReader("safetensors-header", 150, seeds, new SafetensorsForm(), target),
                new FuzzedReader("safetensors-bytes", 60, seeds, bytes, target));
    }

    /** A tensor of each of some types, with metadata. */
    private static byte[] types() {
        StringBuilder header = new StringBuilder("{\"__metadata__\":{\"format\":\"pt\"}");
        String[] types = {
            "F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "I64", "I32", "I16", "I8", "U8", "U16", "BOOL"
        };
        int[] sizes = {8, 4, 2, 2, 1, 1, 8, 4, 2, 1, 1, 2, 1};
        int at = 0;
        for (int i = 0; i < types.length; i++) {
            header.append(",\"t")
                    .append(i)
                    .append("\":{\"dtype\":\"")
                    .append(types[i])
                    .append("\",\"shape\":[2,2],");
            header.append("\"data_offsets\":[")
                    .append(at)
                    .append(',')
                    .append(at += 4 * sizes[i])
                    .append("]}");
        }
        byte[] json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
        byte[] length = new byte[Long.BYTES];
        length[0] = (byte) json.length;
        length[1] = (byte) (json.length >> 8);
        return ByteMutations.joined(length, json, new byte[at]);
    }

    /** What a configuration is read for: a schedule of a thousand numbers. */
    private static FuzzedReader schedule(Path scratch) {
        Path file = scratch.resolve("scheduler.json");
        return new FuzzedReader("scheduler-then-sampler", 200, schedulers(), new JsonForm(), input -> {
            Shown.write(file, input);
            SchedulerConfig config = SchedulerConfigJson.read(file);
            int steps = Math.min(10, config.numTrainTimesteps());
            if (config instanceof BetaSchedulerConfig spaced
                    && spaced.stepsOffset() >= config.numTrainTimesteps() / steps) {
                steps = 1; // more may not have room behind the offset, which a request is told
            }
            config.sampler(steps);
        });
    }

    /** What {@code train --config} reads. */
    private static FuzzedReader newNetwork(Path model, Path scratch) {
        Path folder = scratch.resolve("new");
        byte[] seed = Shown.bytes(model.resolve("unet/config.json"));
        return new FuzzedReader("train-config", 20, List.of(seed), new JsonForm(), input -> {
            Shown.write(folder.resolve("config.json"), input);
            UNetConfig config = DiffusersFolder.readConfig(folder).orElseThrow();
            if (config.levels() * config.layersPerBlock() <= 8) { // a large network takes what a large network takes
                config.parameterShapes();
            }
        });
    }
}
