package org.diffusion4j.engine;

import java.util.List;
import java.util.Map;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.lora.LoraBranch;
import org.diffusion4j.graph.lora.LoraBranches;
import org.diffusion4j.graph.op.Activations;
import org.diffusion4j.graph.op.Attentions;
import org.diffusion4j.graph.op.Convolutions;
import org.diffusion4j.graph.op.FeedForward;
import org.diffusion4j.graph.op.Resampling;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;

/** Low-rank branches beside convolutions, linear layers of sequences, and a gated unit. */
class LoraBranchesTest {
    private static final List<LoraBranch> ONE = List.of(new LoraBranch("a", 2, 0.5));
    private static final LoraBranches BRANCHES = new LoraBranches(Map.of(
            "conv", ONE,
            "down", List.of(new LoraBranch("a", 3, 1), new LoraBranch("b", 1, -2)),
            "proj", ONE,
            "gate", ONE));

    private static SDVariable block(SameDiff sd, DataType type) {
        ParameterScope scope = new ParameterScope(
                (name, initial, trainable, shape) ->
                        sd.var(name, SmallGraph.numbers(name.hashCode(), shape).castTo(type)),
                "",
                false,
                null,
                BRANCHES);
        ShapedVariable x = new ShapedVariable(sd.placeHolder("x", type, -1, 4, 6, 6), -1, 4, 6, 6);
        x = Activations.silu(Convolutions.conv2d(scope.child("conv"), x, 8, 3));
        x = Resampling.downsampleConv(scope.child("down"), x, 8, 0);
        ShapedVariable rows = FeedForward.linear(scope.child("proj"), Attentions.toSequence(x), 8, true);
        return FeedForward.geglu(scope.child("gate"), rows, 4).variable();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void branchesAndTheirGradientsAreSameDiffs(int threads) {
        new OpAgreement(LoraBranchesTest::block)
                .differentiated("x", SmallGraph.numbers(1, 3, 4, 6, 6))
                .holds(threads);
    }
}
