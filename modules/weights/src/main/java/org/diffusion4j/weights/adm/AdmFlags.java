package org.diffusion4j.weights.adm;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.diffusion4j.config.ConfigKeys;
import org.diffusion4j.diffusion.respaced.DiffusionOptions;
import org.diffusion4j.diffusion.sampler.Preconditioning;
import org.diffusion4j.weights.diffusers.AdmKeys;
import org.diffusion4j.weights.diffusers.ComponentConfig;
import org.diffusion4j.weights.file.FileFault;

/**
 * The flags of guided-diffusion's scripts and of OpenAI's consistency_models in a file of JSON, such as {@code num_channels} and {@code
 * attention_resolutions}, from which the scripts make the arguments of a network. A flag that isn't there has the scripts' default. As
 * on their command line, a value may be a text.
 */
final class AdmFlags {
    private static final String CHANNELS = "num_channels";
    private static final String WIDTH = "classifier_width";
    private static final String LARGE = "large_size";
    private static final String SIZE = "image_size";
    private static final String ATTENTION = "attention_resolutions";
    private static final String MULTIPLIERS = "channel_mult";
    private static final String CLASSIFIER = "classifier_";

    /** Only consistency_models have these. */
    private static final Set<String> EDM = Set.of("sigma_min", "sigma_max", "weight_schedule", "training_mode");

    /** They say how a network is trained or how much memory it takes, or are a file's own. */
    private static final Set<String> WITHOUT_EFFECT = Set.of(
            "use_checkpoint",
            "use_fp16",
            "classifier_use_fp16",
            "use_kl",
            "rescale_learned_sigmas",
            "weight_schedule",
            "small_size");

    /** What levels are wide by the images' size, if nothing says so. */
    private static final Map<Integer, List<Double>> LEVELS = Map.of(
            512, List.of(0.5, 1.0, 1.0, 2.0, 2.0, 4.0, 4.0),
            256, List.of(1.0, 1.0, 2.0, 2.0, 4.0, 4.0),
            128, List.of(1.0, 1.0, 2.0, 3.0, 4.0),
            64, List.of(1.0, 2.0, 3.0, 4.0));

    /** Those of an upsampler to 512 differ. */
    private static final List<Double> UPSAMPLER_512 = List.of(1.0, 1.0, 2.0, 2.0, 4.0, 4.0);

    private final Path file;
    private final ObjectNode flags;
    private final Set<String> read = new TreeSet<>();

    private AdmFlags(Path file, ObjectNode flags) {
        this.file = file;
        this.flags = flags;
    }

    /** Whether a file holds flags, in place of a network's arguments. */
    static boolean areIn(ObjectNode json, boolean classifier) {
        return !json.has("_class_name") && json.has(classifier ? WIDTH : CHANNELS);
    }

    /**
     * The network that the scripts make of flags.
     *
     * @param file for messages
     * @throws org.diffusion4j.Diffusion4jException if a flag's value is none, or no network can be made of them; the message names
     *     the flag
     */
    static ComponentConfig<?> read(Path file, ObjectNode json, boolean classifier) {
        AdmFlags flags = new AdmFlags(file, json);
        ComponentConfig<?> config = ComponentConfig.of(file, classifier ? flags.classifier() : flags.unet());
        List<String> notes = new ArrayList<>(config.notes());
        notes.addAll(flags.notes());
        return new ComponentConfig<>(file, config.className(), config.config(), config.json(), notes);
    }

    private ObjectNode unet() {
        boolean edm = EDM.stream().anyMatch(flags::has);
        boolean upsampler = flags.has(LARGE);
        int size = whole(upsampler ? LARGE : SIZE, 64);
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("_class_name", upsampler ? "SuperResModel" : "UNetModel");
        json.put(SIZE, size);
        json.put("in_channels", 3);
        json.put("model_channels", whole(CHANNELS, 128));
        json.put("out_channels", flag("learn_sigma", false) ? 6 : 3);
        json.put("num_res_blocks", whole("num_res_blocks", 2));
        json.set(ATTENTION, attention(ATTENTION, edm ? "32,16,8" : "16,8", size));
        json.put("dropout", number("dropout"));
        json.set(MULTIPLIERS, upsampler ? levels(size, true) : multipliers(size));
        json.put("num_classes", flag("class_cond", false) ? (Integer) 1000 : null);
        json.put("num_heads", whole("num_heads", 4));
        json.put("num_head_channels", whole("num_head_channels", -1));
        json.put("num_heads_upsample", whole("num_heads_upsample", -1));
        json.put("use_scale_shift_norm", flag("use_scale_shift_norm", true));
        json.put("resblock_updown", flag("resblock_updown", false));
        // The attention of consistency_models has one order whatever the flag says, and upsamplers don't pass the flag
        // on.
        boolean newOrder = flag("use_new_attention_order", false);
        json.put("use_new_attention_order", edm || (newOrder && !upsampler));
        if (edm) {
            preconditioning(json);
        } else {
            diffusion(json);
        }
        return json;
    }

    private ObjectNode classifier() {
        int size = whole(SIZE, 64);
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("_class_name", "EncoderUNetModel");
        json.put(SIZE, size);
        json.put("in_channels", 3);
        json.put("model_channels", whole(WIDTH, 128));
        json.put("out_channels", 1000);
        json.put("num_res_blocks", whole(CLASSIFIER + "depth", 2));
        json.set(ATTENTION, attention(CLASSIFIER + ATTENTION, "32,16,8", size));
        json.set(MULTIPLIERS, levels(size, false));
        json.put("num_head_channels", 64);
        json.put("use_scale_shift_norm", flag(CLASSIFIER + "use_scale_shift_norm", true));
        json.put("resblock_updown", flag(CLASSIFIER + "resblock_updown", true));
        json.put("pool", text(CLASSIFIER + "pool", "attention"));
        flag("learn_sigma", false); // of the network that it guides
        diffusion(json);
        return json;
    }

    private void diffusion(ObjectNode json) {
        DiffusionOptions usual = new DiffusionOptions();
        json.put("diffusion_steps", whole("diffusion_steps", usual.diffusionSteps()));
        json.put("noise_schedule", text("noise_schedule", usual.noiseSchedule().configName()));
        json.put("predict_xstart", flag("predict_xstart", usual.predictXstart()));
        json.put("rescale_timesteps", flag("rescale_timesteps", usual.rescaleTimesteps()));
        json.put(AdmKeys.RESPACING, text(AdmKeys.RESPACING, ""));
    }

    private void preconditioning(ObjectNode json) {
        String mode = text("training_mode", AdmKeys.EDM);
        if (!mode.equals(AdmKeys.EDM)) {
            throw FileFault.in(
                    file,
                    "training_mode",
                    "expected edm, as consistency models are supported in diffusers' layout only, found "
                            + FileFault.quote(mode));
        }
        json.put(AdmKeys.PREDICTION, AdmKeys.EDM);
        ConfigKeys.toMap(new Preconditioning())
                .forEach((key, value) -> json.put(key, flags.has(key) ? number(key) : ((Number) value).doubleValue()));
    }

    /** The flag counts rows of an image, the network by how many times smaller they are. */
    private ArrayNode attention(String key, String usual, int size) {
        ArrayNode factors = JsonNodeFactory.instance.arrayNode();
        for (String rows : text(key, usual).split(",")) {
            int count = parsed(key, rows);
            if (count < 1) {
                throw FileFault.in(
                        file, key, "expected rows of an image, such as 32,16,8, found " + FileFault.quote(rows));
            }
            factors.add(size / count);
        }
        return factors;
    }

    private ArrayNode multipliers(int size) {
        String given = text(MULTIPLIERS, "");
        if (given.isEmpty()) {
            return levels(size, false);
        }
        ArrayNode multipliers = JsonNodeFactory.instance.arrayNode();
        for (String each : given.split(",")) {
            multipliers.add(parsed(MULTIPLIERS, each));
        }
        return multipliers;
    }

    private ArrayNode levels(int size, boolean upsampler) {
        List<Double> levels = upsampler && size == 512 ? UPSAMPLER_512 : LEVELS.get(size);
        if (levels == null || (upsampler && size == 128)) {
            throw FileFault.in(
                    file,
                    MULTIPLIERS,
                    "expected numbers for images of " + size
                            + ", as only 64, 128, 256 and 512 have usual ones, found none");
        }
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        levels.forEach(array::add);
        return array;
    }

    private String text(String key, String usual) {
        read.add(key);
        JsonNode value = flags.path(key);
        if (value.isMissingNode() || value.isNull()) {
            return usual;
        }
        if (value.isArray()) {
            // Whoever wrote the file may have split the text.
            List<String> parts = new ArrayList<>();
            value.forEach(part -> parts.add(part.asText()));
            return String.join(",", parts);
        }
        if (value.isObject()) {
            throw FileFault.in(file, key, "expected a flag's value, found an object");
        }
        return value.asText().strip();
    }

    private int whole(String key, int usual) {
        return parsed(key, text(key, Integer.toString(usual)));
    }

    private int parsed(String key, String text) {
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException e) {
            throw FileFault.in(file, key, "expected a whole number, found " + FileFault.quote(text));
        }
    }

    private double number(String key) {
        String text = text(key, "0");
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw FileFault.in(file, key, "expected a number, found " + FileFault.quote(text));
        }
    }

    private boolean flag(String key, boolean usual) {
        String text = text(key, Boolean.toString(usual));
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "yes", "true", "t", "y", "1" -> true;
            case "no", "false", "f", "n", "0" -> false;
            default -> throw FileFault.in(file, key, "expected true or false, found " + FileFault.quote(text));
        };
    }

    private List<String> notes() {
        Set<String> others = new TreeSet<>();
        flags.fieldNames().forEachRemaining(key -> {
            if (!read.contains(key) && !WITHOUT_EFFECT.contains(key) && !key.startsWith(CLASSIFIER)) {
                others.add(FileFault.quote(key));
            }
        });
        return others.isEmpty()
                ? List.of()
                : List.of("flags that say nothing of the network have no effect: "
                        + String.join(", ", others.stream().limit(6).toList())
                        + (others.size() > 6 ? " and " + (others.size() - 6) + " more" : ""));
    }
}
