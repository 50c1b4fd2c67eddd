package org.diffusion4j.weights.diffusers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.diffusion4j.graph.controlnet.ControlNetConfig;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;

/** How the options of diffusers' {@code UNet2DConditionModel} and {@code ControlNetModel} are stored. */
final class ConditionFormats {
    static final ConfigFormat<UNet2DConditionConfig> UNET = new ConfigFormat<>(
            "UNet2DConditionModel",
            UNet2DConditionConfig.builder().build(),
            ConditionFormats::unetToday,
            Map.of(
                    "num_attention_heads", onlyNull(),
                    "dual_cross_attention", Arrays.asList(false, null),
                    "attention_type", List.of("default")));

    static final ConfigFormat<ControlNetConfig> CONTROLNET = new ConfigFormat<>(
            "ControlNetModel",
            ControlNetConfig.builder().build(),
            ConditionFormats::today,
            Map.of(
                    // The library makes these layers, but never uses them.
                    "encoder_hid_dim", onlyNull(),
                    "encoder_hid_dim_type", onlyNull(),
                    "controlnet_conditioning_channel_order", List.of("rgb")));

    private ConditionFormats() {}

    private static List<Object> onlyNull() {
        return Arrays.asList((Object) null);
    }

    private static ObjectNode today(ObjectNode json) {
        BlockNames.inTodaysWords(json, "down_block_types", "up_block_types");
        for (String key : List.of("act_fn", "time_embedding_act_fn", "timestep_post_act")) {
            ActivationNames.inTodaysWords(json, key);
        }
        return json;
    }

    private static ObjectNode unetToday(ObjectNode json) {
        today(json);
        if (json.path("encoder_hid_dim_type").isMissingNode()
                || json.path("encoder_hid_dim_type").isNull()) {
            if (json.path("encoder_hid_dim").isNumber()) {
                json.put("encoder_hid_dim_type", "text_proj");
            }
        }
        // A list of one means another thing for the bottleneck than a single value.
        JsonNode only = json.path("only_cross_attention");
        if (only.isArray() && !json.hasNonNull("mid_block_only_cross_attention")) {
            json.put("mid_block_only_cross_attention", false);
        }
        return json;
    }
}
