package org.diffusion4j.weights.lora;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.diffusion4j.weights.diffusers.PipelineFolder;

/**
 * What the name of an adapter's tensor says.
 *
 * @param component the part of the pipeline that is changed
 * @param module the changed module's name, with dots or, in kohya's form, with underscores
 * @param part what the tensor is
 * @param format the form of the name; null if it is the same in several
 */
record LoraKey(String component, String module, LoraPart part, LoraFormat format) {
    private record Ending(LoraPart part, LoraFormat format) {}

    private static final Map<String, Ending> ENDINGS = new LinkedHashMap<>();

    static {
        ending(".lora_A.weight", LoraPart.DOWN, LoraFormat.PEFT);
        ending(".lora_B.weight", LoraPart.UP, LoraFormat.PEFT);
        ending(".lora_B.bias", LoraPart.UP_BIAS, LoraFormat.PEFT);
        ending(".lora_magnitude_vector", LoraPart.MAGNITUDE, LoraFormat.PEFT);
        ending(".lora_magnitude_vector.weight", LoraPart.MAGNITUDE, LoraFormat.PEFT);
        for (String layer : new String[] {".lora", ".lora_linear_layer"}) {
            ending(layer + ".down.weight", LoraPart.DOWN, LoraFormat.DIFFUSERS);
            ending(layer + ".up.weight", LoraPart.UP, LoraFormat.DIFFUSERS);
        }
        ending("_lora.down.weight", LoraPart.DOWN, LoraFormat.PROCESSOR);
        ending("_lora.up.weight", LoraPart.UP, LoraFormat.PROCESSOR);
        ending(".lora_down.weight", LoraPart.DOWN, LoraFormat.KOHYA);
        ending(".lora_mid.weight", LoraPart.MID, LoraFormat.KOHYA);
        ending(".lora_up.weight", LoraPart.UP, LoraFormat.KOHYA);
        ending(".lora_up.bias", LoraPart.UP_BIAS, LoraFormat.KOHYA);
        ending(".dora_scale", LoraPart.MAGNITUDE, LoraFormat.KOHYA);
        ending(".alpha", LoraPart.ALPHA, null);
        ending(".hada_w1_a", LoraPart.HADA_W1_A, LoraFormat.LOHA);
        ending(".hada_w1_b", LoraPart.HADA_W1_B, LoraFormat.LOHA);
        ending(".hada_w2_a", LoraPart.HADA_W2_A, LoraFormat.LOHA);
        ending(".hada_w2_b", LoraPart.HADA_W2_B, LoraFormat.LOHA);
        ending(".hada_t1", LoraPart.HADA_T1, LoraFormat.LOHA);
        ending(".hada_t2", LoraPart.HADA_T2, LoraFormat.LOHA);
        ending(".lokr_w1", LoraPart.LOKR_W1, LoraFormat.LOKR);
        ending(".lokr_w1_a", LoraPart.LOKR_W1_A, LoraFormat.LOKR);
        ending(".lokr_w1_b", LoraPart.LOKR_W1_B, LoraFormat.LOKR);
        ending(".lokr_w2", LoraPart.LOKR_W2, LoraFormat.LOKR);
        ending(".lokr_w2_a", LoraPart.LOKR_W2_A, LoraFormat.LOKR);
        ending(".lokr_w2_b", LoraPart.LOKR_W2_B, LoraFormat.LOKR);
        ending(".lokr_t2", LoraPart.LOKR_T2, LoraFormat.LOKR);
        ending(".diff", LoraPart.DIFF, LoraFormat.DIFFERENCES);
        ending(".diff_b", LoraPart.DIFF_BIAS, LoraFormat.DIFFERENCES);
        ending(".w_norm", LoraPart.DIFF, LoraFormat.DIFFERENCES);
        ending(".b_norm", LoraPart.DIFF_BIAS, LoraFormat.DIFFERENCES);
    }

    /** What names of each component begin with; the longer of two beginnings comes first. */
    private static final Map<String, String> BEGINNINGS = new LinkedHashMap<>();

    static {
        BEGINNINGS.put("lora_unet_", PipelineFolder.UNET);
        BEGINNINGS.put("lora_te1_", PipelineFolder.TEXT_ENCODER);
        BEGINNINGS.put("lora_te2_", PipelineFolder.TEXT_ENCODER_2);
        BEGINNINGS.put("lora_te_", PipelineFolder.TEXT_ENCODER);
        BEGINNINGS.put("unet.", PipelineFolder.UNET);
        BEGINNINGS.put("diffusion_model.", PipelineFolder.UNET);
        BEGINNINGS.put("text_encoder_2.", PipelineFolder.TEXT_ENCODER_2);
        BEGINNINGS.put("text_encoder.", PipelineFolder.TEXT_ENCODER);
    }

    /** What PEFT wraps a network with. */
    private static final String WRAPPED = "base_model.model.";

    /** PEFT may name the adapter, too: {@code lora_A.default.weight}. */
    private static final Pattern NAMED =
            Pattern.compile("\\.(lora_[AB]|lora_magnitude_vector)\\.[^.]+\\.(weight|bias)$");

    /** The layers of attention in transformers, by the names that diffusers once gave them. */
    private static final Map<String, String> TEXT_ATTENTION =
            Map.of("to_q", "q_proj", "to_k", "k_proj", "to_v", "v_proj", "to_out", "out_proj");

    private static void ending(String ending, LoraPart part, LoraFormat format) {
        ENDINGS.put(ending, new Ending(part, format));
    }

    /** Reads a name; empty if it isn't one of an adapter's tensor. */
    static Optional<LoraKey> of(String key) {
        String plain = NAMED.matcher(key).replaceFirst(".$1.$2");
        for (Map.Entry<String, Ending> each : ENDINGS.entrySet()) {
            if (plain.endsWith(each.getKey())) {
                String whole = plain.substring(0, plain.length() - each.getKey().length());
                return Optional.of(of(whole, each.getValue()));
            }
        }
        return Optional.empty();
    }

    private static LoraKey of(String name, Ending ending) {
        String whole = name.startsWith(WRAPPED) ? name.substring(WRAPPED.length()) : name;
        String component = whole.startsWith("text_model.") ? PipelineFolder.TEXT_ENCODER : PipelineFolder.UNET;
        String module = whole;
        for (Map.Entry<String, String> each : BEGINNINGS.entrySet()) {
            if (whole.startsWith(each.getKey())) {
                component = each.getValue();
                module = whole.substring(each.getKey().length());
                break;
            }
        }
        String present = ending.format() == LoraFormat.PROCESSOR ? layer(component, module) : module;
        return new LoraKey(component, present, ending.part(), ending.format());
    }

    /** The layer's present name, of one that was an attention's own processor. */
    private static String layer(String component, String module) {
        int dot = module.lastIndexOf('.');
        String attention = module.substring(0, dot + 1).replace(".processor.", ".");
        String last = module.substring(dot + 1);
        if (component.equals(PipelineFolder.UNET)) {
            return attention + (last.equals("to_out") ? "to_out.0" : last);
        }
        return attention + TEXT_ATTENTION.getOrDefault(last, last);
    }
}
