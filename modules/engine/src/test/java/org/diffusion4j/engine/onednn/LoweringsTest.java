package org.diffusion4j.engine.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.diffusion4j.engine.ir.Op;
import org.junit.jupiter.api.Test;

class LoweringsTest {
    /** Forward or backward: what a new op lacks is named. */
    @Test
    void eachOpHasALowering() {
        Set<Class<?>> lacking = Arrays.stream(Op.class.getPermittedSubclasses())
                .flatMap(family -> Arrays.stream(family.getPermittedSubclasses()))
                .collect(Collectors.toSet());
        lacking.removeAll(new Lowerings(new Target(null, null, null, 1, null, null, null)).known());
        assertEquals(Set.of(), lacking);
    }
}
