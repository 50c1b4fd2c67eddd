package org.diffusion4j.verify;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Gradients of sum(output · cotangent), which SameDiff computes. */
final class GraphGradients {
    private GraphGradients() {}

    static Map<String, INDArray> of(
            SameDiff sd,
            SDVariable output,
            INDArray cotangent,
            Map<String, INDArray> placeholders,
            Collection<String> variables) {
        SDVariable weight = sd.placeHolder("grad_output", output.dataType(), cotangent.shape());
        SDVariable loss = output.mul(weight).sum().rename("weighted_output");
        sd.setLossVariables(loss);
        Map<String, INDArray> all = new HashMap<>(placeholders);
        all.put("grad_output", cotangent);
        sd.createGradFunction(variables.toArray(String[]::new));
        return sd.calculateGradients(all, variables);
    }
}
