package org.diffusion4j.training.prompt;

import static org.diffusion4j.Requirement.require;

import java.util.LinkedHashMap;
import java.util.Map;
import org.diffusion4j.training.distill.Consistency;

/**
 * Teaches a model, or an adapter beside it, to draw in few steps what the model itself draws in many: latent consistency distillation
 * (Luo et al. 2023, arXiv:2310.04378; of an adapter arXiv:2311.05556).
 *
 * @param method the steps
 * @param guidance of the teacher, which is folded into the result; a finite number, 1 for none
 */
public record PromptDistillation(Consistency method, double guidance) {
    /** Checks the guidance. */
    public PromptDistillation {
        require(Double.isFinite(guidance), "guidance", "a finite number", guidance);
    }

    /** The keys of the result's scheduler. */
    Map<String, Object> schedulerKeys(boolean pixels) {
        Map<String, Object> keys = new LinkedHashMap<>(method.samplerOptions());
        keys.put("clip_sample", pixels);
        return keys;
    }
}
