package org.diffusion4j.weights.adm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.config.ConfigKeys;
import org.diffusion4j.diffusion.respaced.DiffusionOptions;
import org.diffusion4j.diffusion.respaced.Respacing;
import org.diffusion4j.diffusion.sampler.Preconditioning;
import org.diffusion4j.weights.diffusers.AdmKeys;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.file.JsonValues;

/**
 * What a network of guided-diffusion was trained for.
 *
 * @param diffusion the diffusion with a table of betas; without effect if there is a preconditioning
 * @param respacing which of its timesteps are visited; null if nothing says so
 * @param preconditioning how the network is wrapped, if it was trained as in Karras et al. 2022 (EDM); null for a diffusion with betas
 */
public record AdmProcess(DiffusionOptions diffusion, Respacing respacing, Preconditioning preconditioning) {
    /**
     * Reads what stands beside the options of a network.
     *
     * @param file for messages
     * @throws Diffusion4jException if a value is wrong; the message names the key
     */
    static AdmProcess read(Path file, ObjectNode json) {
        Map<String, Object> values = JsonValues.of(json);
        try {
            return new AdmProcess(
                    ConfigKeys.with(new DiffusionOptions(), values), respacing(json), preconditioning(json, values));
        } catch (IllegalArgumentException e) {
            throw new Diffusion4jException(file + ": " + FileFault.oneLine(String.valueOf(e.getMessage())), e);
        }
    }

    /** Guided-diffusion's scripts have an empty text where nothing is skipped, which nobody draws with. */
    private static Respacing respacing(ObjectNode json) {
        JsonNode value = json.path(AdmKeys.RESPACING);
        return value.asText("").isEmpty() || value.isNull() ? null : Respacing.parse(value.asText());
    }

    private static Preconditioning preconditioning(ObjectNode json, Map<String, Object> values) {
        if (json.path(AdmKeys.PREDICTION).asText("").equals(AdmKeys.EDM)) {
            if (json.path("predict_xstart").asBoolean(false)) {
                throw new IllegalArgumentException(
                        "predict_xstart: expected false beside prediction_type edm, found true");
            }
            return ConfigKeys.with(new Preconditioning(), values);
        }
        Set<String> keys = ConfigKeys.of(new Preconditioning());
        for (String key : keys) {
            if (json.has(key)) {
                throw new IllegalArgumentException(AdmKeys.PREDICTION + ": expected edm beside " + key + ", found "
                        + FileFault.quote(json.path(AdmKeys.PREDICTION).asText("none")));
            }
        }
        return null;
    }

    /**
     * The same for a network that was trained as in Karras et al. 2022.
     *
     * @param other how the network is wrapped
     * @return the changed process
     */
    public AdmProcess with(Preconditioning other) {
        return new AdmProcess(diffusion, respacing, other);
    }
}
