package org.diffusion4j.verify;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.weights.singlefile.PublicModel;
import org.diffusion4j.weights.singlefile.SingleFileMapping;

/** Every key of the public models' single files, in both directions. */
final class SingleFileKeyTableCase {
    private SingleFileKeyTableCase() {}

    static List<Comparison> verify(ReferenceCase reference) {
        List<Comparison> result = new ArrayList<>();
        reference.setting("tables").properties().forEach(table -> {
            String name = table.getKey();
            Optional<PublicModel> model = Arrays.stream(PublicModel.values())
                    .filter(one -> one.name()
                            .toLowerCase(Locale.ROOT)
                            .replace('_', '-')
                            .equals(name))
                    .findFirst();
            if (model.isEmpty()) {
                result.add(Comparison.failed(name, "expected a public model that is known here"));
                return;
            }
            Map<String, NetworkConfig> networks = new LinkedHashMap<>();
            model.get().components().forEach((component, config) -> networks.put(component, config.config()));
            KeyTable keys = KeyTable.read(
                    reference.folder().resolve(table.getValue().path("file").asText()));
            result.addAll(
                    keys.compare(name + ", ", SingleFileMapping.of(model.get().layout(), networks)));
        });
        return result;
    }
}
