package org.diffusion4j.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.engine.parallel.PhysicalCores;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.adm.AdmUNetConfig;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.pipeline.MemoryEstimate;
import org.diffusion4j.weights.adm.AdmModel;
import org.diffusion4j.weights.adm.AdmProcess;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.ComponentFolder;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.diffusers.ModelSettings;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.diffusion4j.zoo.drawing.NetworkDrawing;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Describes a model. */
@Command(
        name = "info",
        customSynopsis = "diffusion4j info MODEL [OPTIONS]",
        description = {"Prints a model's parameters, configuration, scheduler and need of memory.", ""},
        footerHeading = "%nExamples:%n",
        footer = {
            "  diffusion4j info ddpm-mnist",
            "  diffusion4j info mine --draw network.svg",
            "  diffusion4j info last.ckpt"
        })
final class InfoCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "MODEL",
            description =
                    "A model of the zoo (see diffusion4j models), a diffusers folder, hf:OWNER/NAME on the hub, or a file of"
                            + " weights: a checkpoint of the Stable Diffusion family, an adapter, or any other.")
    private String model;

    @Mixin
    private VariantOption variant;

    @Mixin
    private SingleFileOption singleFile;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "1",
            description = "Images at once, for the memory estimate (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Mixin
    private PresetOption preset;

    @Option(names = "--draw", paramLabel = "FILE.svg", description = "Also draw the network into this file.")
    private String draw;

    @Override
    public Integer call() {
        if (batch < 1) {
            throw new ParameterException(spec.commandLine(), "--batch: expected at least 1, found " + batch);
        }
        OutputPlace place = draw == null ? null : OutputPlace.file("--draw", ".svg", draw);
        if (ModelOption.isAdapter(model)) {
            requireNoDrawing("an adapter");
            variant.requireNone("a model's folder", "the adapter " + model);
            AdapterLines.print(model, spec.commandLine().getOut());
            return 0;
        }
        LocatedModel located = LocatedModel.of(model, variant, spec);
        String files = located.place();
        if (PresetOption.isOne(files)) {
            singleFile.refuseFor(files);
            requireNoDrawing("a network of guided-diffusion");
            describeGuidedDiffusion(files);
            return 0;
        }
        preset.requireNone(model);
        if (singleFile.isOther(files)) {
            requireNoDrawing("a file of weights");
            variant.requireNone("a model's folder", "the file " + model);
            WeightFileLines.of(Path.of(files)).forEach(spec.commandLine().getOut()::println);
            return 0;
        }
        if (ModelOption.isPipelineOfPrompts(files)) {
            describePipeline(singleFile.open(located), place);
            return 0;
        }
        singleFile.refuseFor(files);
        if (ModelOption.isComponent(files)) {
            describeComponent(located, place);
            return 0;
        }
        DiffusersModel read = ModelOption.read(located, spec);
        PrintWriter out = spec.commandLine().getOut();
        UNetConfig config = read.config();
        long parameters = read.parameterCount();
        out.println(String.format(
                Locale.ROOT,
                "%s: %,d parameters in %d tensors",
                model,
                parameters,
                read.tensors().size()));
        Path folder = Path.of(files);
        if (Files.isDirectory(folder)) {
            section(
                    out,
                    "weights",
                    List.of(TakenFiles.line(
                            PipelineFolder.UNET,
                            folder,
                            DiffusersFolder.taken(folder, located.preference()),
                            read.tensors())));
        }
        section(out, "network", ConfigurationLines.of(config));
        if (read.scheduler() != null) {
            List<String> lines = new ArrayList<>(ConfigurationLines.of((Record) read.scheduler()));
            lines.add(0, ConfigurationLines.line("kind", read.scheduler().kind().className()));
            section(out, "scheduler", lines);
        }
        if (!read.settings().equals(ModelSettings.NONE)) {
            section(out, "settings", ConfigurationLines.of(read.settings()));
        }
        section(out, "memory", memory(config));
        if (place != null) {
            place.makeFolder();
            NetworkDrawing.write(config, place.path());
            sayDrawn();
        }
        return 0;
    }

    /** Describes a network of guided-diffusion. */
    private void describeGuidedDiffusion(String files) {
        PrintWriter out = spec.commandLine().getOut();
        try (AdmModel network = singleFile.applied(preset.open(files))) {
            out.println(model + ": " + described(network.component().className(), network.component()));
            section(out, "network", ConfigurationLines.of((Record)
                    network.component().config()));
            if (network.component().config() instanceof AdmUNetConfig) {
                AdmProcess process = network.process();
                boolean edm = process.preconditioning() != null;
                section(
                        out,
                        edm ? "preconditioning (edm)" : "diffusion",
                        ConfigurationLines.of(edm ? process.preconditioning() : process.diffusion()));
            }
        }
    }

    private void requireNoDrawing(String found) {
        if (draw != null) {
            throw new ParameterException(
                    spec.commandLine(), "--draw: expected a network to draw, found " + found + ", " + model);
        }
    }

    private void draw(UNet2DConditionConfig config, OutputPlace place) {
        if (place != null) {
            place.makeFolder();
            NetworkDrawing.write(config, place.path());
            sayDrawn();
        }
    }

    private void sayDrawn() {
        spec.commandLine().getOut().println(draw + ": the network drawn");
    }

    /** Describes a single network that isn't a model by itself. */
    private void describeComponent(LocatedModel located, OutputPlace place) {
        PrintWriter out = spec.commandLine().getOut();
        Path folder = Path.of(located.place());
        try (Component<?> network = ComponentFolder.read(folder, located.preference())) {
            if (place != null && !(network.config() instanceof UNet2DConditionConfig)) {
                throw new ParameterException(
                        spec.commandLine(), "--draw: expected a U-Net, found " + network.className() + " in " + model);
            }
            network.notes().forEach(note -> spec.commandLine().getErr().println(model + ": " + note));
            out.println(model + ": " + described(network.className(), network));
            section(
                    out,
                    "weights",
                    List.of(TakenFiles.line(
                            network.className(),
                            folder,
                            ComponentFolder.taken(folder, located.preference()),
                            network.tensors())));
            section(out, "network", ConfigurationLines.of((Record) network.config()));
            if (network.config() instanceof UNet2DConditionConfig unet) {
                draw(unet, place);
            }
        }
    }

    /** Describes a model of several networks. */
    private void describePipeline(PipelineParts pipeline, OutputPlace place) {
        pipeline.notes().forEach(note -> spec.commandLine().getErr().println(model + ": " + note));
        pipeline.networkNotes().forEach(note -> spec.commandLine().getErr().println(model + ": " + note));
        PrintWriter out = spec.commandLine().getOut();
        out.println(model + ": " + pipeline.className());
        List<String> components = new ArrayList<>();
        Map<String, Component<?>> networks = new LinkedHashMap<>();
        pipeline.parts().forEach((part, className) -> {
            if (pipeline.isNetwork(part) && !className.equals("MultiControlNetModel")) {
                Component<?> network = pipeline.network(part, NetworkConfig.class);
                networks.put(part, network);
                components.add(line(part, className, network));
            } else {
                components.add(ConfigurationLines.line(part, className));
            }
        });
        section(out, "components", components);
        if (pipeline instanceof PipelineFolder folder) {
            List<String> taken = new ArrayList<>();
            networks.forEach((part, network) ->
                    taken.add(TakenFiles.line(part, folder.folder(), folder.taken(part), network.tensors())));
            section(out, "weights", taken);
        }
        networks.forEach((part, network) -> section(out, part, ConfigurationLines.of((Record) network.config())));
        networks.values().forEach(Component::close);
        section(out, "scheduler", ConfigurationLines.of((Record) pipeline.scheduler()));
        draw(pipeline.config(PipelineFolder.UNET, UNet2DConditionConfig.class), place);
    }

    private static String line(String part, String className, Component<?> network) {
        return ConfigurationLines.line(part, described(className, network));
    }

    private static String described(String className, Component<?> network) {
        return String.format(
                Locale.ROOT,
                "%s, %,d parameters in %d tensors",
                className,
                network.parameterCount(),
                network.tensors().size());
    }

    private static void section(PrintWriter out, String title, List<String> lines) {
        out.println(title);
        lines.forEach(line -> out.println("  " + line));
    }

    private List<String> memory(UNetConfig config) {
        SampleSize size = config.sampleSize();
        if (size == null) {
            return List.of("not known without a sample_size");
        }
        int threads = PhysicalCores.count();
        MemoryEstimate estimate = MemoryEstimate.forward(config, config.graph(), batch, threads, Precision.FP32);
        return List.of(
                line("weights", estimate.weights()),
                line("activations", estimate.activations()),
                line("Java and its libraries", estimate.process()),
                line("in all", estimate.bytes()),
                String.format(
                        Locale.ROOT,
                        "(an estimate: what a forward pass of %d %s at %dx%d by oneDNN in float32 on %d %s holds)",
                        batch,
                        batch == 1 ? "image" : "images",
                        size.height(),
                        size.width(),
                        threads,
                        threads == 1 ? "thread" : "threads"));
    }

    private static String line(String what, long bytes) {
        return String.format(Locale.ROOT, "%-28s %s", what, megabytes(bytes));
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }
}
