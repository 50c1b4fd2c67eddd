package org.diffusion4j.graph;

import org.diffusion4j.graph.build.Initial;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Embeddings;
import org.diffusion4j.graph.op.FeedForward;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;

/** Turns a timestep (and a class label) into the embedding that enters the blocks. */
final class TimestepEmbedding {
    private final UNetConfig config;
    private final ParameterScope scope;
    private final DataType dataType;
    /** The parameter of the layer before the MLP, for both the timestep and the label; null if that layer has none. */
    private final SDVariable weight;

    private TimestepEmbedding(UNetConfig config, ParameterScope scope, DataType dataType) {
        this.config = config;
        this.scope = scope;
        this.dataType = dataType;
        ParameterScope own = scope.child("time_proj");
        int width = config.timeInputDim();
        weight = switch (config.timeEmbeddingType()) {
            case POSITIONAL, INTERLEAVED -> null;
            case FOURIER -> own.parameter("weight", new Initial.Normal(16), false, width / 2);
            case LEARNED -> own.parameter("weight", new Initial.Normal(1), true, config.numTrainTimesteps(), width);
        };
    }

    /** The embedding, [N, timeEmbedDim]; {@code labels} is null if the network takes none. */
    static ShapedVariable apply(
            UNetConfig config, ParameterScope scope, SDVariable timestep, SDVariable labels, DataType dataType) {
        TimestepEmbedding layers = new TimestepEmbedding(config, scope, dataType);
        ShapedVariable embedding = layers.mlp("time_embedding", layers.projected(timestep));
        if (labels == null) {
            return embedding;
        }
        return embedding.with(embedding.variable().add(layers.ofClass(labels).variable()));
    }

    private ShapedVariable ofClass(SDVariable labels) {
        int width = config.timeEmbedDim();
        if (config.classEmbedType() == null) {
            return Embeddings.embedding(scope.child("class_embedding"), labels, config.numClassEmbeds(), width);
        }
        return switch (config.classEmbedType()) {
            case TIMESTEP -> mlp("class_embedding", projected(labels));
            case IDENTITY -> new ShapedVariable(labels.getSameDiff().castTo(labels, dataType), -1, width);
        };
    }

    private ShapedVariable mlp(String name, ShapedVariable projected) {
        return FeedForward.timeMlp(scope.child(name), projected, config.timeEmbedDim());
    }

    private ShapedVariable projected(SDVariable timestep) {
        int width = config.timeInputDim();
        ShapedVariable vector =
                switch (config.timeEmbeddingType()) {
                    case POSITIONAL ->
                        Embeddings.timestepEmbedding(
                                timestep, width, config.flipSinToCos(), config.freqShift(), 1, 10000);
                    case INTERLEAVED -> Embeddings.interleavedTimestepEmbedding(timestep, width);
                    case FOURIER -> Embeddings.fourierEmbedding(timestep, weight, true, false);
                    case LEARNED ->
                        Embeddings.embedding(timestep.getSameDiff().castTo(timestep, DataType.INT64), weight);
                };
        return vector.dataType() == dataType
                ? vector
                : vector.with(vector.sameDiff().castTo(vector.variable(), dataType));
    }
}
