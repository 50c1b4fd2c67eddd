package org.diffusion4j.training.prompt;

import java.util.Comparator;
import java.util.Map;
import org.diffusion4j.data.BatchNumbers;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.cliptext.ClipTextConfig;
import org.diffusion4j.graph.lora.LoraBranches;
import org.diffusion4j.graph.lora.LoraTargets;
import org.diffusion4j.graph.texttoimage.TextToImageGraph;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.samediff.WeightSource;
import org.diffusion4j.training.DiffusionLoss;
import org.diffusion4j.training.NoisyBatches;
import org.diffusion4j.training.TrainedNetwork;
import org.diffusion4j.training.TrainingPlan;
import org.nd4j.autodiff.samediff.SameDiff;

/**
 * A U-Net that reads texts, with the text encoder if it learns.
 *
 * @param shape what the graph is made of
 * @param weights of both networks and of branches, by {@link TextToImageGraph}'s names
 * @param plan how it is trained
 * @param loss of the model's scheduler
 * @param lesson what it learns
 * @param prior what it must not forget; null for nothing
 * @param priorWeight how much that counts
 */
record PromptNetwork(
        Shape shape,
        Map<String, WeightSource> weights,
        TrainingPlan plan,
        DiffusionLoss loss,
        Lesson lesson,
        Lesson prior,
        double priorWeight)
        implements TrainedNetwork {
    /**
     * What a graph is made of.
     *
     * @param unet the U-Net's options
     * @param textEncoder the text encoder's, if it learns; otherwise null
     * @param length of a text, in tokens
     * @param branches beside the layers
     * @param learning says what learns
     */
    record Shape(
            UNet2DConditionConfig unet,
            ClipTextConfig textEncoder,
            int length,
            LoraBranches branches,
            Learning learning) {
        TextToImageGraph graph(SampleSize size) {
            return TextToImageGraph.of(unet, textEncoder)
                    .length(length)
                    .size(size)
                    .branches(branches)
                    .training(true);
        }

        /** The U-Net only, as it was. */
        TextToImageGraph teacher(SampleSize size) {
            return TextToImageGraph.of(unet, null).length(length).size(size);
        }

        boolean trains(String parameter, TrainingPlan plan) {
            return learning instanceof Learning.Adapter ? LoraTargets.isOfBranch(parameter) : plan.trains(parameter);
        }
    }

    @Override
    public SameDiff graph(SampleSize size) {
        return shape.graph(size).sharedWeights(weights).build();
    }

    @Override
    public SampleSize size() {
        PictureSource most = lesson.samples().buckets().stream()
                .max(Comparator.comparingInt(PictureSource::size))
                .orElseThrow();
        return new SampleSize(most.height(), most.width());
    }

    @Override
    public boolean trains(String parameter) {
        return shape.trains(parameter, plan);
    }

    @Override
    public NoisyBatches batches(BatchNumbers numbers) {
        return lesson.batches(plan, plan.seed(), loss, numbers);
    }

    /** By another seed, so that their noise isn't that of the pictures. */
    @Override
    public NoisyBatches priorBatches(BatchNumbers numbers) {
        return prior == null ? null : prior.batches(plan, ~plan.seed(), loss, numbers);
    }
}
