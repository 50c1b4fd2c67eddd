package org.diffusion4j.cli;

import java.util.Arrays;
import java.util.Iterator;
import org.diffusion4j.engine.EngineKind;

/** The engines that {@code --engine} takes, for its help text. */
final class EngineNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
        return Arrays.stream(EngineKind.values()).map(EngineKind::key).iterator();
    }
}
