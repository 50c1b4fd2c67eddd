package org.diffusion4j.server.a1111;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.diffusion4j.server.http.Answer;

/** Lists that clients show in their menus, and that are the same for all models. */
final class FixedLists {
    private FixedLists() {}

    static Answer samplers() {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (SamplerName sampler : SamplerName.ALL) {
            ObjectNode one = list.addObject().put("name", sampler.name());
            one.putArray("aliases").add(sampler.kind().word());
            ObjectNode options = one.putObject("options");
            sampler.options().forEach((key, value) -> options.put(key, String.valueOf(value)));
        }
        return Answer.json(200, list);
    }

    static Answer schedulers() {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (SamplerName.Spacing spacing : SamplerName.Spacing.values()) {
            list.addObject()
                    .put("name", spacing.word())
                    .put("label", spacing.label())
                    .putNull("aliases")
                    .put("default_rho", -1)
                    .put("need_inner_model", false);
        }
        return Answer.json(200, list);
    }

    static Answer upscalers() {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        list.addObject()
                .put("name", "None")
                .putNull("model_name")
                .putNull("model_path")
                .putNull("model_url")
                .put("scale", 1);
        return Answer.json(200, list);
    }

    static Answer nothing() {
        return Answer.json(200, JsonNodeFactory.instance.arrayNode());
    }
}
