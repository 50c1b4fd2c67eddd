package org.diffusion4j.cli;

import java.nio.file.Files;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.diffusion4j.weights.diffusers.DiffusersFolder;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.diffusers.ExportFormat;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Writes a model in another format. */
@Command(
        name = "export",
        customSynopsis = "diffusion4j export --model=MODEL --format=FORMAT --out=PATH [OPTIONS]",
        description = {"Writes a model in another format.", ""},
        footerHeading = "%nExamples:%n",
        footer = {
            "  diffusion4j export --model ddpm-mnist --format onnx --out digits.onnx",
            "  diffusion4j export --model mine --format diffusers --out for-python"
        })
final class ExportCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ModelOption model;

    @Option(
            names = "--format",
            required = true,
            paramLabel = "FORMAT",
            description = {
                "diffusers: a folder for Python's from_pretrained.",
                "safetensors: the weights only.",
                "samediff: the network for SameDiff.load, up to 1 GB.",
                "onnx: the network for ONNX Runtime and others, for any batch; above 2 GB its weights are in FILE.onnx.data."
            })
    private ExportFormat format;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "PATH",
            description = "A folder for diffusers; a file *.safetensors, *.fb (samediff) or *.onnx otherwise.")
    private String out;

    @Override
    public Integer call() {
        OutputPlace place = format == ExportFormat.DIFFUSERS
                ? OutputPlace.folder("--out", out)
                : OutputPlace.file("--out", format.suffix(), out);
        if (place.isFolder() && Files.isDirectory(place.path())) {
            DiffusersFolder.tryToWrite(place.path());
        }
        DiffusersModel read = model.read();
        if (!place.isFolder()) {
            place.makeFolder();
        }
        format.write(place.path(), read);
        long parameters = read.parameterCount();
        spec.commandLine()
                .getOut()
                .println(String.format(Locale.ROOT, "%s: %s, %,d parameters", out, format.key(), parameters));
        return 0;
    }
}
