package org.diffusion4j.weights.lora;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.file.JsonFile;

/**
 * What diffusers writes into the header of an adapter's file, under {@value #KEY}: for each component PEFT's options, such as {@code
 * unet.lora_alpha} and {@code unet.alpha_pattern}, which has the layers that differ.
 *
 * @param file for messages
 * @param options the keys and values; without keys if there are none
 */
record PeftMetadata(Path file, ObjectNode options) {
    static final String KEY = "lora_adapter_metadata";
    static final String ALPHA = "lora_alpha";
    static final String ALPHAS = "alpha_pattern";
    private static final String ROOT_SCALE = "use_rslora";
    private static final String MAGNITUDES = "use_dora";
    private static final String TRANSPOSED = "fan_in_fan_out";

    /** PEFT's default. */
    private static final int USUAL_ALPHA = 8;

    /**
     * PEFT's own file beside an adapter, whose options are those of whichever component the adapter is of.
     *
     * @throws org.diffusion4j.Diffusion4jException if it is no adapter of low rank, or has what isn't supported; the message names
     *     the key
     */
    static PeftMetadata ofFile(Path file) {
        ObjectNode json = JsonFile.readConfig(file);
        require(file, json, "peft_type", !json.path("peft_type").asText("LORA").equals("LORA"), "LORA");
        require(file, json, MAGNITUDES, json.path(MAGNITUDES).asBoolean(false), "false, as DoRA isn't supported");
        require(file, json, TRANSPOSED, json.path(TRANSPOSED).asBoolean(false), "false");
        ObjectNode options = JsonNodeFactory.instance.objectNode();
        for (String component :
                List.of(PipelineFolder.UNET, PipelineFolder.TEXT_ENCODER, PipelineFolder.TEXT_ENCODER_2)) {
            options.set(component + "." + ALPHA, json.has(ALPHA) ? json.get(ALPHA) : IntNode.valueOf(USUAL_ALPHA));
            for (String key : List.of(ALPHAS, ROOT_SCALE)) {
                if (json.has(key)) {
                    options.set(component + "." + key, json.get(key));
                }
            }
        }
        return new PeftMetadata(file, options);
    }

    private static void require(Path file, ObjectNode json, String key, boolean wrong, String expected) {
        if (wrong) {
            throw FileFault.in(
                    file,
                    key,
                    "expected " + expected + ", found "
                            + FileFault.quote(json.get(key).asText()));
        }
    }

    /** @param metadata the texts of a header */
    static PeftMetadata of(Path file, Map<String, String> metadata) {
        String text = metadata.getOrDefault(KEY, "{}");
        try {
            return new PeftMetadata(
                    file, JsonFile.read(file, new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8))));
        } catch (IOException e) {
            throw new UncheckedIOException("bytes in memory can't fail", e);
        }
    }

    /** What a layer's product is multiplied by: alpha / rank, or alpha / √rank for rank-stabilised LoRA (arXiv:2312.03732). */
    double factor(LoraKey key, int rank) {
        if (flag(key, MAGNITUDES)) {
            throw FileFault.in(file, KEY, "expected an adapter without magnitudes, found DoRA, which isn't supported");
        }
        JsonNode alpha = pattern(key.component() + "." + ALPHAS, key.module());
        String name = alpha == null ? key.component() + "." + ALPHA : key.module();
        JsonNode value = alpha == null ? options.get(name) : alpha;
        if (value == null || value.isNull()) {
            return 1;
        }
        if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
            throw FileFault.in(file, name, "expected a number, found " + FileFault.quote(value.toString()));
        }
        return value.doubleValue() / (flag(key, ROOT_SCALE) ? Math.sqrt(rank) : rank);
    }

    private boolean flag(LoraKey key, String option) {
        return options.path(key.component() + "." + option).asBoolean(false);
    }

    /** The value of the first pattern that a layer's name is, or ends with after a dot, as PEFT has it; null if there is none. */
    private JsonNode pattern(String option, String module) {
        JsonNode patterns = options.path(option);
        if (!patterns.isObject() && !patterns.isNull() && !patterns.isMissingNode()) {
            throw FileFault.in(
                    file, option, "expected layers and numbers, found " + FileFault.quote(patterns.toString()));
        }
        for (Map.Entry<String, JsonNode> each : patterns.properties()) {
            if (fits(option, each.getKey(), module)) {
                return each.getValue();
            }
        }
        return null;
    }

    /** PEFT takes the names for regular expressions, of which only the ends of a line are known here. */
    private boolean fits(String option, String pattern, String module) {
        boolean whole = pattern.startsWith("^");
        String name = pattern.substring(whole ? 1 : 0, pattern.length() - (pattern.endsWith("$") ? 1 : 0))
                .replace("\\.", ".");
        if (!name.matches("[\\w.]*")) {
            throw FileFault.in(file, option, "expected names of layers, found the pattern " + FileFault.quote(pattern));
        }
        return module.equals(name) || (!whole && module.endsWith("." + name));
    }
}
