package org.diffusion4j.pipeline.prompt;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.engine.GraphEngine;
import org.diffusion4j.graph.NetworkTensor;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.controlnet.ControlNetConfig;
import org.diffusion4j.graph.controlnet.ControlNetGraph;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionGraph;
import org.diffusion4j.pipeline.Denoising;
import org.diffusion4j.pipeline.SamplingStep;
import org.diffusion4j.pipeline.part.GraphOpener;
import org.diffusion4j.pipeline.part.Rows;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * ControlNets, whose outputs are added up: Zhang et al. 2023 (arXiv:2302.05543). In guess mode they look at the half of a batch that
 * has the prompts, and their outputs are multiplied by 0.1 for the first to 1 for the last.
 */
final class ControlNetworks implements AutoCloseable {
    /** What runs one control. */
    private record Running(Control control, Component<ControlNetConfig> network, GraphEngine engine)
            implements AutoCloseable {
        @Override
        public void close() {
            engine.close();
            network.close();
        }
    }

    private final List<Running> running = new ArrayList<>();
    private final boolean guesses;
    private final PromptListener listener;

    private ControlNetworks(boolean guesses, PromptListener listener) {
        this.guesses = guesses;
        this.listener = listener;
    }

    /** Opens the ControlNets of a plan, which the caller closes. */
    static ControlNetworks open(
            PromptModel model, PromptPlan plan, GraphOpener opener, int contextLength, PromptListener listener) {
        List<Control> controls = plan.request().controls();
        // Diffusers asks the first one only.
        boolean pools = !controls.isEmpty() && config(model, controls.get(0)).globalPoolConditions();
        ControlNetworks networks = new ControlNetworks(plan.request().guessMode() || pools, listener);
        boolean good = false;
        try {
            for (Control control : controls) {
                Cancelled.check(listener);
                networks.running.add(open(model, plan, control, opener, contextLength));
            }
            good = true;
            return networks;
        } finally {
            if (!good) {
                networks.close();
            }
        }
    }

    private static ControlNetConfig config(PromptModel model, Control control) {
        return model.parts().config(control.name(), ControlNetConfig.class);
    }

    private static Running open(
            PromptModel model, PromptPlan plan, Control control, GraphOpener opener, int contextLength) {
        PipelineParts parts = model.parts();
        Component<ControlNetConfig> network = parts.network(control.name(), ControlNetConfig.class);
        boolean good = false;
        try {
            SampleSize size = model.space().sampleSize(plan.size());
            GraphEngine engine = opener.open(
                    ControlNetGraph.of(network.config())
                            .size(size.height(), size.width())
                            .contextLength(contextLength)
                            .sharedWeights(network.tensors())
                            .build(),
                    network.config().outputs().stream().map(NetworkTensor::name).toList());
            good = true;
            return new Running(control, network, engine);
        } finally {
            if (!good) {
                network.close();
            }
        }
    }

    /** Whether there are none. */
    boolean isEmpty() {
        return running.isEmpty();
    }

    /**
     * Runs the ControlNets of a step.
     *
     * @param inputs those of the denoising network, with latents only as its sample
     * @param guided whether the first half of the batch has the negative prompts
     * @param first the first of the pictures, from 0
     * @return what the denoising network adds, by its names; the caller frees it; empty if there are no ControlNets
     */
    Map<String, INDArray> residuals(Map<String, INDArray> inputs, SamplingStep step, boolean guided, int first) {
        Map<String, INDArray> sums = new LinkedHashMap<>();
        boolean half = guesses && guided;
        Map<String, INDArray> seen = half ? secondHalf(inputs) : inputs;
        try {
            for (Running each : running) {
                Cancelled.check(listener);
                add(outputs(each, seen, step, guided && !half, first), sums);
            }
        } catch (RuntimeException | Error e) {
            sums.values().forEach(Denoising::free);
            throw e;
        } finally {
            if (half) {
                seen.values().forEach(Denoising::free);
            }
        }
        if (half) {
            sums.replaceAll((name, sum) -> {
                try (INDArray nothing = Nd4j.zerosLike(sum)) {
                    INDArray both = Nd4j.concat(0, nothing, sum);
                    sum.close();
                    return both;
                }
            });
        }
        return sums;
    }

    private static Map<String, INDArray> secondHalf(Map<String, INDArray> inputs) {
        Map<String, INDArray> half = new LinkedHashMap<>();
        inputs.forEach((name, array) -> half.put(
                name,
                array.get(NDArrayIndex.interval(array.size(0) / 2, array.size(0)))
                        .dup('c')));
        return half;
    }

    private static void add(Map<String, INDArray> outputs, Map<String, INDArray> sums) {
        outputs.forEach((name, output) -> {
            INDArray sum = sums.get(name);
            if (sum == null) {
                sums.put(name, output);
            } else {
                sum.addi(output);
                output.close();
            }
        });
    }

    private Map<String, INDArray> outputs(
            Running each, Map<String, INDArray> inputs, SamplingStep step, boolean twice, int first) {
        Control control = each.control();
        ControlNetConfig config = each.network().config();
        INDArray sample = inputs.get(UNet2DConditionGraph.SAMPLE);
        int images = Math.toIntExact(twice ? sample.size(0) / 2 : sample.size(0));
        INDArray picture = Rows.ofPictures(control.image(), first, images);
        try {
            Map<String, INDArray> own = new LinkedHashMap<>();
            config.inputs().forEach(input -> {
                if (inputs.containsKey(input.name())) {
                    own.put(input.name(), inputs.get(input.name()));
                }
            });
            own.put(ControlNetGraph.PICTURE, picture);
            if (twice) {
                try (INDArray one = picture) {
                    picture = Nd4j.concat(0, one, one);
                    own.put(ControlNetGraph.PICTURE, picture);
                }
            }
            Map<String, INDArray> outputs = each.engine().run(own);
            double scale = step.isWithin(control.start(), control.end()) ? control.scale() : 0;
            return scaled(config, outputs, scale);
        } finally {
            Denoising.free(picture);
        }
    }

    /** The outputs by the denoising network's names, multiplied by their scales. */
    private Map<String, INDArray> scaled(ControlNetConfig config, Map<String, INDArray> outputs, double scale) {
        Map<String, INDArray> scaled = new LinkedHashMap<>();
        int last = outputs.size() - 1;
        for (int i = 0; i <= last; i++) {
            String name = i == last ? ControlNetGraph.MIDDLE_OUTPUT : ControlNetGraph.downOutput(i);
            boolean weaker = guesses && !config.globalPoolConditions() && last > 0;
            double share = weaker ? Math.pow(10, (double) i / last - 1) : 1;
            scaled.put(
                    i == last ? UNet2DConditionGraph.MIDDLE_RESIDUAL : UNet2DConditionGraph.downResidual(i),
                    outputs.get(name).muli(scale * share));
        }
        return scaled;
    }

    @Override
    public void close() {
        running.forEach(Running::close);
    }
}
