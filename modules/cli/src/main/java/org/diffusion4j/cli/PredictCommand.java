package org.diffusion4j.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.NotFinite;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.graph.UNetGraph;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.nd4j.linalg.api.ndarray.INDArray;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs a network once. */
@Command(
        name = "predict",
        customSynopsis = {"diffusion4j predict --model=MODEL --in=FILE --out=FILE [OPTIONS]"},
        description = {
            "Runs a network once on tensors of a file.",
            "",
            "Reads sample [N,C,H,W], timestep [] or [N] and, where the model wants them, class_labels [N] and"
                    + " encoder_hidden_states [N,L,D]; writes the network's output as sample."
                    + " Both are safetensors files.",
            ""
        },
        footerHeading = "%nExample:%n",
        footer = "  diffusion4j predict --model mine --in in.safetensors --out out.safetensors")
final class PredictCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ModelOption model;

    @Option(names = "--in", required = true, paramLabel = "FILE", description = "The inputs, a file *.safetensors.")
    private Path in;

    @Mixin
    private EngineOption engine;

    @Mixin
    private PrecisionOption precision = new PrecisionOption(Precision.FP32);

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "The output, a file *.safetensors.")
    private String out;

    @Override
    public Integer call() {
        OutputPlace place = OutputPlace.file("--out", ".safetensors", out);
        DiffusersModel read = model.read();
        PredictionInputs inputs = PredictionInputs.read(in, read.config());
        INDArray output = predict(read, inputs);
        Optional<NotFinite> spoiled = NotFinite.in(output);
        if (spoiled.isPresent()) {
            throw new Diffusion4jException(in + ", '" + UNetGraph.OUTPUT
                    + "': expected finite numbers from the network, found "
                    + spoiled.get().describe());
        }
        place.makeFolder();
        SafetensorsWriter.writeArrays(place.path(), Map.of(UNetGraph.SAMPLE, output));
        spec.commandLine().getOut().println(out + ": sample " + Arrays.toString(output.shape()));
        return 0;
    }

    private INDArray predict(DiffusersModel read, PredictionInputs inputs) {
        UNetGraph graph = UNetGraph.of(read.config())
                .sharedWeights(read.tensors())
                .size((int) inputs.sample().size(2), (int) inputs.sample().size(3));
        INDArray context = inputs.conditioning().get(UNetGraph.CONTEXT);
        if (context != null && context.rank() == 3) {
            graph.contextLength((int) context.size(1));
        }
        try (NoisePredictor network = precision.open(engine, graph.build())) {
            return network.predict(inputs.sample(), inputs.timestep(), inputs.conditioning());
        } catch (IllegalArgumentException e) {
            // The graph's message names a shape for which it can't be built, and the network's message an input that
            // it can't take.
            throw new Diffusion4jException(in + ": " + e.getMessage(), e);
        }
    }
}
