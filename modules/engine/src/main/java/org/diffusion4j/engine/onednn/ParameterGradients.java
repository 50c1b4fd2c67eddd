package org.diffusion4j.engine.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_FROM;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_TO;

import java.util.List;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.post_ops;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.reorder;
import org.diffusion4j.engine.ir.Value;

/**
 * Adds to the parameters' gradients. A gradient is first made in the arena, then added when it is this worker's turn.
 *
 * @param target the program that the steps are added to; its training isn't null
 */
record ParameterGradients(Target target) {
    /** A buffer for a parameter's gradient that a loop computes; null if the parameter gets no gradient. */
    Buffer of(Value parameter) {
        return parameter != null && target.training().has(parameter)
                ? new Buffer(parameter.length(), false, false)
                : null;
    }

    /** A buffer for the result of a primitive. */
    static Buffer scratch(memory.desc desc) {
        return new Buffer((desc.get_size() + 3) / 4, false, false);
    }

    /** Adds a gradient that has the parameter's layout. */
    void add(Buffer gradient, Value parameter) {
        Buffer sum = target.training().gradient(parameter);
        Stage loop =
                Stage.whole(() -> target.kernels().add(sum.bytes(), gradient.bytes(), sum.bytes(), (int) sum.length()));
        target.layouts().add(target.training().inTurn(Layouts.loopStep(List.of(loop), gradient, sum)));
    }

    /** Adds a gradient in the layout in which a primitive made it. */
    void add(Buffer gradient, memory.desc from, Value parameter, memory.desc as) {
        primitive_attr attributes = new primitive_attr();
        post_ops sum = new post_ops();
        sum.append_sum();
        attributes.set_post_ops(sum);
        Primitives primitives = target.primitives();
        int threads = primitives.threadsFor((double) parameter.length());
        reorder.primitive_desc description =
                new reorder.primitive_desc(primitives.engine(), from, primitives.engine(), as, attributes, false);
        target.layouts()
                .add(target.training()
                        .inTurn(primitives
                                .step(new reorder(description), threads)
                                .with(DNNL_ARG_FROM, from, gradient)
                                .with(DNNL_ARG_TO, as, target.training().gradient(parameter))));
    }
}
