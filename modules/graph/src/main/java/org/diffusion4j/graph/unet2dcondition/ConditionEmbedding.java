package org.diffusion4j.graph.unet2dcondition;

import java.util.Map;
import org.diffusion4j.graph.block.AttentionPooling;
import org.diffusion4j.graph.build.Initial;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Activations;
import org.diffusion4j.graph.op.Embeddings;
import org.diffusion4j.graph.op.FeedForward;
import org.diffusion4j.graph.op.Norms;
import org.diffusion4j.graph.option.Activation;
import org.diffusion4j.graph.option.TimeEmbeddingType;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;

/** Turns the timestep, class labels and whatever else is told into the embedding that enters the blocks. */
final class ConditionEmbedding {
    private static final double NORM_EPS = 1e-5;
    private static final double LONGEST_PERIOD = 10000;

    private final UNet2DConditionConfig config;
    private final ConditionTime time;
    private final ParameterScope scope;
    private final Map<String, ShapedVariable> inputs;
    private final DataType dataType;
    /** The parameter of the fourier embedding; null for sinusoids. */
    private final SDVariable weight;

    private ConditionEmbedding(UNet2DConditionConfig config, ParameterScope scope, Map<String, ShapedVariable> inputs) {
        this.config = config;
        this.time = config.time();
        this.scope = scope;
        this.inputs = inputs;
        this.dataType = inputs.get(UNet2DConditionGraph.SAMPLE).dataType();
        this.weight = time.type() == TimeEmbeddingType.FOURIER
                ? scope.child("time_proj").parameter("weight", new Initial.Normal(1), false, time.width() / 2)
                : null;
    }

    /** The embedding, [N, D]. */
    static ShapedVariable of(UNet2DConditionConfig config, ParameterScope scope, Map<String, ShapedVariable> inputs) {
        ConditionEmbedding layers = new ConditionEmbedding(config, scope, inputs);
        ShapedVariable embedding = layers.ofTimestep();
        if (layers.time.hasClasses()) {
            ShapedVariable classes = layers.ofClass(inputs.get(UNet2DConditionGraph.CLASS_LABELS));
            embedding = config.classEmbeddingsConcat() ? joined(embedding, classes) : sum(embedding, classes);
        }
        if (config.additionEmbedType() != null) {
            embedding = sum(embedding, layers.added(scope.child("add_embedding")));
        }
        Activation last = config.timeEmbeddingActFn();
        return last == null ? embedding : Activations.activation(last, embedding);
    }

    private ShapedVariable ofTimestep() {
        ParameterScope own = scope.child("time_embedding");
        ShapedVariable x = projected(inputs.get(UNet2DConditionGraph.TIMESTEP).variable());
        if (config.timeCondProjDim() != null) {
            ShapedVariable condition = inputs.get(UNet2DConditionGraph.TIMESTEP_CONDITION);
            x = sum(x, FeedForward.linear(own.child("cond_proj"), condition, x.size(1), false));
        }
        ShapedVariable y = FeedForward.timeMlp(own, x, time.width(), config.actFn());
        Activation post = config.timestepPostAct();
        return ConditionEncoder.named("time_embedding", post == null ? y : Activations.activation(post, y));
    }

    /** What enters the time MLP. */
    private ShapedVariable projected(SDVariable timestep) {
        return weight != null
                ? Embeddings.fourierEmbedding(timestep, weight, false, config.flipSinToCos())
                : sinusoids(timestep, time.inputWidth());
    }

    private ShapedVariable sinusoids(SDVariable numbers, int width) {
        ShapedVariable vector = Embeddings.timestepEmbedding(
                numbers, width, config.flipSinToCos(), config.freqShift(), 1, LONGEST_PERIOD);
        return vector.dataType() == dataType
                ? vector
                : vector.with(vector.sameDiff().castTo(vector.variable(), dataType));
    }

    private ShapedVariable ofClass(ShapedVariable labels) {
        ParameterScope own = scope.child("class_embedding");
        int width = time.width();
        if (config.classEmbedType() == null) {
            return Embeddings.embedding(own, labels.variable(), config.numClassEmbeds(), width);
        }
        return switch (config.classEmbedType()) {
            case TIMESTEP -> FeedForward.timeMlp(own, projected(labels.variable()), width, config.actFn());
            case IDENTITY -> labels;
            case PROJECTION -> FeedForward.timeMlp(own, labels, width);
            case SIMPLE_PROJECTION -> FeedForward.linear(own, labels, width, true);
        };
    }

    private ShapedVariable added(ParameterScope own) {
        int width = time.width();
        return switch (config.additionEmbedType()) {
            case TEXT -> {
                ShapedVariable text = inputs.get(UNet2DConditionGraph.CONTEXT);
                ShapedVariable pooled = new AttentionPooling(config.additionEmbedTypeNumHeads())
                        .apply(own.child("pool"), Norms.layerNorm(own.child("norm1"), text, NORM_EPS));
                yield Norms.layerNorm(
                        own.child("norm2"), FeedForward.linear(own.child("proj"), pooled, width, true), NORM_EPS);
            }
            case TEXT_IMAGE -> {
                ShapedVariable text =
                        FeedForward.linear(own.child("text_proj"), inputs.get(UNet2DConditionGraph.TEXT), width, true);
                ShapedVariable normalized = Norms.layerNorm(own.child("text_norm"), text, NORM_EPS);
                yield sum(ofImage(own), normalized);
            }
            case TEXT_TIME -> FeedForward.timeMlp(own, textAndNumbers(), width);
            case IMAGE, IMAGE_HINT -> Norms.layerNorm(own.child("image_norm"), ofImage(own), NORM_EPS);
        };
    }

    private ShapedVariable ofImage(ParameterScope own) {
        return FeedForward.linear(own.child("image_proj"), inputs.get(UNet2DConditionGraph.IMAGE), time.width(), true);
    }

    private ShapedVariable textAndNumbers() {
        ShapedVariable numbers = inputs.get(UNet2DConditionGraph.NUMBERS);
        SameDiff sd = numbers.sameDiff();
        ShapedVariable each = sinusoids(sd.reshape(numbers.variable(), -1), config.additionTimeEmbedDim());
        long width = numbers.size(1) * each.size(1);
        return joined(
                inputs.get(UNet2DConditionGraph.TEXT),
                new ShapedVariable(sd.reshape(each.variable(), -1, width), -1, width));
    }

    private static ShapedVariable sum(ShapedVariable a, ShapedVariable b) {
        return a.with(a.variable().add(b.variable()));
    }

    private static ShapedVariable joined(ShapedVariable a, ShapedVariable b) {
        return new ShapedVariable(a.sameDiff().concat(1, a.variable(), b.variable()), a.size(0), a.size(1) + b.size(1));
    }
}
