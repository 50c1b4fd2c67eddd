package org.diffusion4j.engine.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.diffusion4j.engine.gradient.Gradients;
import org.diffusion4j.engine.ir.AttentionOp;
import org.diffusion4j.engine.ir.ConvolutionOp;
import org.diffusion4j.engine.ir.ElementwiseOp;
import org.diffusion4j.engine.ir.Op;
import org.diffusion4j.engine.ir.ProductOp;
import org.diffusion4j.engine.ir.ReductionOp;
import org.diffusion4j.engine.read.Readers;
import org.diffusion4j.engine.rewrite.Rewrite;
import org.diffusion4j.engine.rewrite.Rewrites;
import org.junit.jupiter.api.Test;

/** What a new op still lacks; its lowering is looked for by {@code LoweringsTest}. */
class OpsTest {
    /** All records of the sealed op. */
    private static Set<Class<?>> all() {
        return Arrays.stream(Op.class.getPermittedSubclasses())
                .flatMap(family -> Arrays.stream(family.getPermittedSubclasses()))
                .collect(Collectors.toSet());
    }

    /** By the type that the rewrite says it makes. */
    private static Set<Class<?>> madeByRewrites() {
        Set<Class<?>> made = new HashSet<>();
        for (Rewrite rewrite : Rewrites.ALL) {
            for (Method method : rewrite.getClass().getDeclaredMethods()) {
                if (method.getName().equals("apply") && !method.isBridge()) {
                    made.add(method.getReturnType());
                }
            }
        }
        return made;
    }

    private static Set<Class<?>> forward() {
        Set<Class<?>> forward = new HashSet<>(Readers.made());
        forward.addAll(madeByRewrites());
        return forward;
    }

    /** Their names say so, but for two. */
    private static boolean isOfTheBackwardPass(Class<?> op) {
        String name = op.getSimpleName();
        return name.matches(".+(Gradient|Data|Weights|Again)")
                || op == ReductionOp.SumTo.class
                || op == ElementwiseOp.Accumulate.class;
    }

    private static Set<String> names(Set<? extends Class<?>> ops) {
        return ops.stream().map(Class::getSimpleName).collect(Collectors.toSet());
    }

    @Test
    void eachOpIsReadOrMadeByARewriteOrOneOfTheBackwardPass() {
        Set<Class<?>> lacking = all();
        lacking.removeAll(forward());
        lacking.removeIf(OpsTest::isOfTheBackwardPass);
        assertEquals(Set.of(), names(lacking), "neither a reader nor a rewrite makes them");
    }

    @Test
    void eachOpOfTheForwardPassHasAGradientButForWholeNumbers() {
        Set<Class<?>> lacking = forward();
        lacking.removeAll(Gradients.differentiable());
        assertEquals(names(Set.of(ProductOp.OneHot.class)), names(lacking));
    }

    @Test
    void theMultiplicationsOfEachConvolutionProductAndAttentionAreCounted() {
        Set<Class<?>> multiplying = Stream.of(AttentionOp.class, ConvolutionOp.class, ProductOp.class)
                .flatMap(family -> Arrays.stream(family.getPermittedSubclasses()))
                .collect(Collectors.toSet());
        assertEquals(names(multiplying), names(MultiplyAdds.known()));
    }

    @Test
    void eachOpOfTheForwardPassHasARuleForItsShapes() {
        assertEquals(names(forward()), names(ShapeRules.known()));
    }
}
