package org.diffusion4j.engine.onednn;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.bytedeco.dnnl.engine;
import org.diffusion4j.engine.compile.BatchSplit;
import org.diffusion4j.engine.compile.Network;
import org.diffusion4j.engine.parameters.FlatParameters;
import org.diffusion4j.samediff.SharedArrays;
import org.diffusion4j.samediff.WeightSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * What {@link Workers} would take for a batch: the programs are compiled as they would be, but no weight is read, and no array
 * allocated.
 *
 * @param weights the bytes of the packed weights and constants
 * @param arrays the bytes of the arenas of all workers
 * @param parameters the bytes of the parameters and their gradients; 0 without gradients
 */
public record PlannedPrograms(long weights, long arrays, long parameters) {
    /**
     * Plans the forward pass.
     *
     * @param graph a network
     * @param outputs the names of the outputs
     * @param batch the number of images
     * @param threads the number of threads
     * @param bf16 whether the operands of convolutions and linear layers are in bf16
     * @return the sizes
     */
    public static PlannedPrograms forward(SameDiff graph, List<String> outputs, long batch, int threads, boolean bf16) {
        return of(graph, outputs, batch, threads, bf16, null, false);
    }

    /**
     * Plans both passes.
     *
     * @param graph a network
     * @param outputs the names of the outputs
     * @param batch the number of images
     * @param threads the number of threads
     * @param bf16 whether the operands of convolutions and linear layers are in bf16
     * @param trainable says by name which variables learn
     * @param checkpointing whether the backward pass computes parts of the forward pass once more
     * @return the sizes
     */
    public static PlannedPrograms training(
            SameDiff graph,
            List<String> outputs,
            long batch,
            int threads,
            boolean bf16,
            Predicate<String> trainable,
            boolean checkpointing) {
        return of(graph, outputs, batch, threads, bf16, FlatParameters.planned(graph, trainable), checkpointing);
    }

    private static PlannedPrograms of(
            SameDiff graph,
            List<String> outputs,
            long batch,
            int threads,
            boolean bf16,
            FlatParameters parameters,
            boolean checkpointing) {
        engine processor = new engine(engine.kind.cpu, 0);
        Map<String, WeightSource> contents = new ConcurrentHashMap<>();
        if (graph.getVariablesArrays() instanceof SharedArrays arrays) {
            contents.putAll(arrays.shared());
        }
        Function<SDVariable, WeightSource> content =
                variable -> contents.computeIfAbsent(variable.name(), name -> source(variable));
        Weights weights = Weights.planned(processor, parameters, contents);
        int parts = BatchSplit.isPossible(graph, content, outputs) ? (int) Math.min(batch, threads) : 1;
        OrderedAdditions order = new OrderedAdditions(threads);
        Map<Long, Long> sizes = new HashMap<>();
        long arrays = 0;
        for (int part = 0; part < parts; part++) {
            long images = batch * (part + 1) / parts - batch * part / parts;
            int worker = part;
            arrays += sizes.computeIfAbsent(images, one -> {
                Training training =
                        parameters == null ? null : new Training(parameters, order, worker, List.of(), checkpointing);
                Network network = Network.of(graph, content, outputs, one);
                return new Program(network, processor, weights, threads / parts, bf16, training, () -> false)
                        .arrayBytes();
            });
        }
        return new PlannedPrograms(
                weights.plannedBytes(), arrays, parameters == null ? 0 : 2 * Float.BYTES * parameters.length());
    }

    private static WeightSource source(SDVariable variable) {
        return SharedArrays.sourceOf(variable);
    }
}
