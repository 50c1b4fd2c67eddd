package org.diffusion4j.cli;

import java.nio.file.Files;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.pipeline.prompt.PipelineExport;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.diffusers.ExportFormat;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.diffusion4j.weights.lora.LoraSet;
import org.diffusion4j.weights.lora.MergedParts;
import org.diffusion4j.weights.singlefile.SingleFileWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Writes a model in another format. */
@Command(
        name = "export",
        customSynopsis = "diffusion4j export --model=MODEL --format=FORMAT --out=PATH [OPTIONS]",
        description = {"Writes a model in another format.", ""},
        footerHeading = "%nExamples:%n",
        footer = {
            "  diffusion4j export --model ddpm-mnist --format onnx --out digits.onnx",
            "  diffusion4j export --model mine --format diffusers --out for-python",
            "  diffusion4j export --model sd15.safetensors --format diffusers --out sd15",
            "  diffusion4j export --model sd15 --merge --lora fog.safetensors --out foggy"
        })
final class ExportCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ModelOption model;

    @Mixin
    private SingleFileOption singleFile;

    @Option(
            names = "--format",
            converter = FormatConverter.class,
            completionCandidates = FormatNames.class,
            paramLabel = "FORMAT",
            description = {
                "diffusers: a folder for Python's from_pretrained.",
                "safetensors: the weights only.",
                "single-file: all networks of a model that draws by text, as a checkpoint under their original names.",
                "samediff: the network for SameDiff.load, up to 1 GB.",
                "onnx: the network for ONNX Runtime and others, for any batch; above 2 GB its weights are in FILE.onnx.data."
            })
    private ExportFormat format;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "PATH",
            description =
                    "A folder for diffusers; a file *.safetensors (also for single-file), *.fb (samediff) or *.onnx otherwise.")
    private String out;

    @Option(
            names = "--merge",
            description =
                    "Write a model that draws by text with the adapters of --lora in its weights, which keep their types; to"
                            + " a folder unless --format says otherwise.")
    private boolean merge;

    @Mixin
    private LoraOption lora;

    @Override
    public Integer call() {
        requireEnough();
        OutputPlace place = format == ExportFormat.DIFFUSERS
                ? OutputPlace.folder("--out", out)
                : OutputPlace.file("--out", format.suffix(), out);
        if (place.isFolder() && Files.isDirectory(place.path())) {
            DiffusersFolder.tryToWrite(place.path());
        }
        if (model.isPipelineOfPrompts()) {
            return exportPipeline(place);
        }
        if (merge) {
            throw new ParameterException(
                    spec.commandLine(), "--merge: expected a model that draws by text, found " + model.name());
        }
        singleFile.refuseFor(model.place());
        DiffusersModel read = model.read();
        if (!place.isFolder()) {
            place.makeFolder();
        }
        format.write(place.path(), read);
        say(read.parameterCount());
        return 0;
    }

    private void requireEnough() {
        if (merge != lora.isGiven()) {
            throw new ParameterException(
                    spec.commandLine(),
                    merge
                            ? "--merge: expected --lora beside it, found none"
                            : "--lora: expected --merge beside it, found none");
        }
        if (format == null && !merge) {
            throw new ParameterException(spec.commandLine(), "Missing required option: '--format=FORMAT'");
        }
        format = format == null ? ExportFormat.DIFFUSERS : format;
    }

    /** Exports a model that draws by text. */
    private int exportPipeline(OutputPlace place) {
        PipelineParts parts = singleFile.open(model.located());
        parts.notes().forEach(note -> spec.commandLine().getErr().println(model.name() + ": " + note));
        parts.networkNotes().forEach(note -> spec.commandLine().getErr().println(model.name() + ": " + note));
        try (LoraSet loras = lora.additions().open()) {
            return export(merge ? new MergedParts(parts, loras) : parts, place);
        }
    }

    private int export(PipelineParts parts, OutputPlace place) {
        long parameters;
        switch (format) {
            case DIFFUSERS -> parameters = PipelineExport.write(place.path(), parts);
            case SINGLE_FILE -> {
                place.makeFolder();
                parameters = SingleFileWriter.write(place.path(), parts);
            }
            default ->
                throw new Diffusion4jException(
                        "--format: expected diffusers or single-file for a model that draws by text, found "
                                + format.key());
        }
        say(parameters);
        return 0;
    }

    private void say(long parameters) {
        spec.commandLine()
                .getOut()
                .println(String.format(Locale.ROOT, "%s: %s, %,d parameters", out, format.key(), parameters));
    }

    /** The formats' names, of which one has a hyphen where its constant can't. */
    private static final class FormatNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(ExportFormat.values()).map(ExportFormat::key).iterator();
        }
    }

    private static final class FormatConverter implements ITypeConverter<ExportFormat> {
        @Override
        public ExportFormat convert(String text) {
            return Arrays.stream(ExportFormat.values())
                    .filter(each -> each.key().equalsIgnoreCase(text))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException("expected a format, found '" + text + "'"));
        }
    }
}
