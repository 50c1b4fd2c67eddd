package org.diffusion4j.pipeline.prompt;

import java.util.LinkedHashMap;
import java.util.Map;
import org.diffusion4j.engine.GraphEngine;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionGraph;
import org.diffusion4j.pipeline.Conditioning;
import org.diffusion4j.pipeline.Denoising;
import org.diffusion4j.pipeline.SamplingStep;
import org.diffusion4j.pipeline.StepNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The denoising network as some pictures' walk sees it: with what it sees beside the latents, and with the ControlNets that run
 * before it.
 *
 * @param unet the network's engine; the caller closes it
 * @param controls the ControlNets; empty if there are none
 * @param further what it sees beside the latents, [N, C, h, w]; null for nothing; the caller frees it
 * @param first the first of the pictures, from 0
 * @param listener looks on
 */
record LatentNetwork(GraphEngine unet, ControlNetworks controls, INDArray further, int first, PromptListener listener)
        implements StepNetwork {
    @Override
    public INDArray predict(INDArray batch, SamplingStep step, Conditioning conditioning) {
        INDArray sample = further == null ? batch : beside(batch);
        INDArray timesteps = Nd4j.valueArrayOf(new long[] {batch.size(0)}, step.timestep(), DataType.FLOAT);
        Map<String, INDArray> residuals = Map.of();
        try {
            Map<String, INDArray> inputs = new LinkedHashMap<>(conditioning.inputs());
            inputs.put(UNet2DConditionGraph.TIMESTEP, timesteps);
            inputs.put(UNet2DConditionGraph.SAMPLE, batch);
            residuals = controls.residuals(inputs, step, conditioning.isGuided(), first);
            inputs.put(UNet2DConditionGraph.SAMPLE, sample);
            inputs.putAll(residuals);
            Cancelled.check(listener);
            listener.entered(step, inputs);
            return unet.run(inputs).get(UNet2DConditionGraph.OUTPUT);
        } finally {
            Denoising.free(timesteps);
            residuals.values().forEach(Denoising::free);
            if (sample != batch) {
                Denoising.free(sample);
            }
        }
    }

    /** The batch with further channels, which are the same in both halves of a guided one. */
    private INDArray beside(INDArray batch) {
        if (batch.size(0) == further.size(0)) {
            return Nd4j.concat(1, batch, further);
        }
        try (INDArray both = Nd4j.concat(0, further, further)) {
            return Nd4j.concat(1, batch, both);
        }
    }
}
