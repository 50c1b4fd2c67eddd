package org.diffusion4j.graph;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;

/** From a timestep (and a class label) to the embedding that enters the blocks. */
final class TimestepEmbedding {
    private TimestepEmbedding() {}

    /** The embedding, [N, timeEmbedDim]; {@code classLabels} is null where the network wants none. */
    static ShapedVariable apply(
            UNetConfig config, ParameterScope scope, SDVariable timestep, SDVariable classLabels, DataType dataType) {
        int width = config.timeEmbedDim();
        Projection projection = new Projection(config, scope, dataType);
        ShapedVariable embedding = scope.timeMlp("time_embedding", projection.apply(timestep), width);
        if (classLabels == null) {
            return embedding;
        }
        ShapedVariable label = classEmbedding(config, scope, projection, classLabels, width, dataType);
        return embedding.with(embedding.variable().add(label.variable()));
    }

    private static ShapedVariable classEmbedding(
            UNetConfig config,
            ParameterScope scope,
            Projection projection,
            SDVariable labels,
            int width,
            DataType dataType) {
        if (config.classEmbedType() == null) {
            return scope.embedding("class_embedding", labels, config.numClassEmbeds(), width);
        }
        return switch (config.classEmbedType()) {
            case TIMESTEP -> scope.timeMlp("class_embedding", projection.apply(labels), width);
            case IDENTITY -> new ShapedVariable(scope.ops().sameDiff().castTo(labels, dataType), -1, width);
        };
    }

    /** What stands before the MLP; its parameters, where it has any, serve the timestep and the label alike. */
    private static final class Projection {
        private final UNetConfig config;
        private final SDDiffusion ops;
        private final DataType dataType;
        private final SDVariable weight;

        Projection(UNetConfig config, ParameterScope scope, DataType dataType) {
            this.config = config;
            this.ops = scope.ops();
            this.dataType = dataType;
            ParameterScope own = scope.child("time_proj");
            weight = switch (config.timeEmbeddingType()) {
                case POSITIONAL, INTERLEAVED -> null;
                case FOURIER -> own.parameter("weight", new Initial.Normal(16), false, config.timeInputDim() / 2);
                case LEARNED ->
                    own.parameter(
                            "weight", new Initial.Normal(1), true, config.numTrainTimesteps(), config.timeInputDim());
            };
        }

        ShapedVariable apply(SDVariable timestep) {
            int width = config.timeInputDim();
            ShapedVariable vector =
                    switch (config.timeEmbeddingType()) {
                        case POSITIONAL ->
                            ops.timestepEmbedding(timestep, width, config.flipSinToCos(), config.freqShift(), 1, 10000);
                        case INTERLEAVED -> ops.interleavedTimestepEmbedding(timestep, width);
                        case FOURIER -> ops.fourierEmbedding(timestep, weight, true, false);
                        case LEARNED -> ops.embedding(ops.sameDiff().castTo(timestep, DataType.INT64), weight);
                    };
            return vector.dataType() == dataType
                    ? vector
                    : vector.with(ops.sameDiff().castTo(vector.variable(), dataType));
        }
    }
}
