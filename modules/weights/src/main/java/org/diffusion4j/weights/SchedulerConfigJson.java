package org.diffusion4j.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import org.diffusion4j.diffusion.DiffusersName;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.schedule.BetaSchedule;
import org.diffusion4j.diffusion.schedule.SchedulerConfig;
import org.diffusion4j.diffusion.schedule.SchedulerKind;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;
import org.diffusion4j.diffusion.schedule.VarianceType;

/**
 * A {@code scheduler_config.json}, as diffusers' {@code DDPMScheduler} and {@code DDIMScheduler} read and write it. A
 * missing key has diffusers' default; an unknown one has no effect.
 */
public final class SchedulerConfigJson {
    private static final String PREDICTION_TYPE = "prediction_type";
    /** What diffusers had for it before 0.8: false for a network that predicts the sample. */
    private static final String PREDICT_EPSILON = "predict_epsilon";

    private SchedulerConfigJson() {}

    /**
     * Reads a configuration.
     *
     * @param file a scheduler_config.json
     * @return the configuration
     * @throws org.diffusion4j.Diffusion4jException where the file can't be read, is of another class than DDPMScheduler
     *     and DDIMScheduler, or an option is of a wrong type or out of range; the message names file and key
     */
    public static SchedulerConfig read(Path file) {
        return read(file, JsonFile.readConfig(file));
    }

    static SchedulerConfig read(Path file, ObjectNode object) {
        return read(file, object, new UnknownKeys());
    }

    static SchedulerConfig read(Path file, ObjectNode object, UnknownKeys unknown) {
        ConfigFields fields = new ConfigFields(file, object, unknown);
        JsonNode className = object.get("_class_name");
        SchedulerConfig.Builder builder =
                switch (className == null ? "" : className.asText()) {
                    case "DDPMScheduler" -> SchedulerConfig.ddpm().change();
                    case "DDIMScheduler" -> SchedulerConfig.ddim().change();
                    default ->
                        throw fields.expected(
                                "_class_name", "DDPMScheduler or DDIMScheduler", object.path("_class_name"));
                };
        fields.integer("num_train_timesteps", builder::numTrainTimesteps);
        fields.number("beta_start", builder::betaStart);
        fields.number("beta_end", builder::betaEnd);
        fields.word(
                "beta_schedule",
                word -> DiffusersName.parse(BetaSchedule.class, "beta_schedule", word),
                builder::betaSchedule);
        fields.numbersOrNull("trained_betas", builder::trainedBetas);
        if (className.asText().equals(SchedulerKind.DDPM.diffusersName())) {
            fields.word("variance_type", VarianceType::parse, builder::varianceType);
        }
        fields.truth("clip_sample", builder::clipSample);
        fields.number("clip_sample_range", builder::clipSampleRange);
        fields.word(
                PREDICTION_TYPE,
                word -> DiffusersName.parse(Prediction.class, PREDICTION_TYPE, word),
                builder::predictionType);
        fields.truth(PREDICT_EPSILON, epsilon -> oldPrediction(fields, object, epsilon, builder));
        fields.truth("thresholding", builder::thresholding);
        fields.number("dynamic_thresholding_ratio", builder::dynamicThresholdingRatio);
        fields.number("sample_max_value", builder::sampleMaxValue);
        fields.word(
                "timestep_spacing",
                word -> DiffusersName.parse(TimestepSpacing.class, "timestep_spacing", word),
                builder::timestepSpacing);
        fields.integer("steps_offset", builder::stepsOffset);
        fields.truth("rescale_betas_zero_snr", builder::rescaleBetasZeroSnr);
        // Diffusers hands DDIM what a DDPM configuration says of it.
        fields.truth("set_alpha_to_one", builder::setAlphaToOne);
        return fields.build(builder::build);
    }

    /** The key stands for a prediction type where none is given; it can't say of v_prediction that it isn't epsilon. */
    private static void oldPrediction(
            ConfigFields fields, ObjectNode object, boolean epsilon, SchedulerConfig.Builder builder) {
        Prediction meant = epsilon ? Prediction.EPSILON : Prediction.SAMPLE;
        JsonNode given = object.get(PREDICTION_TYPE);
        if (given == null) {
            builder.predictionType(meant);
        } else if (!epsilon && !given.asText().equals(meant.diffusersName())) {
            throw fields.expected(
                    PREDICT_EPSILON,
                    "true or nothing, as prediction_type is " + ConfigFields.shown(given),
                    object.get(PREDICT_EPSILON));
        }
    }

    /**
     * Writes a configuration as diffusers does: the keys of its class, sorted.
     *
     * @param file the file to write or replace
     * @param config the configuration
     * @throws org.diffusion4j.Diffusion4jException where the file can't be written
     */
    public static void write(Path file, SchedulerConfig config) {
        JsonFile.write(file, toJson(config));
    }

    /**
     * A configuration with other values for some keys.
     *
     * @param config the configuration
     * @param changes an object in diffusers' names
     * @return the configuration with the changes
     * @throws org.diffusion4j.Diffusion4jException where a value is of a wrong type or makes no schedule
     */
    public static SchedulerConfig changed(SchedulerConfig config, JsonNode changes) {
        ObjectNode json = toJson(config);
        changes.properties().forEach(change -> json.set(change.getKey(), change.getValue()));
        return read(Path.of("scheduler_config.json"), json);
    }

    /** What to write back, where {@code source} was read from a file and the configuration may have changed since. */
    static ObjectNode toJson(SchedulerConfig config, ObjectNode source) {
        ObjectNode result =
                ConfigChange.applied(source, toJson(read(Path.of("scheduler_config.json"), source)), toJson(config));
        if (result.remove(PREDICT_EPSILON) != null) {
            // Today's diffusers doesn't know the old key any more.
            result.put(PREDICTION_TYPE, config.predictionType().diffusersName());
        }
        return result;
    }

    static ObjectNode toJson(SchedulerConfig config) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("_class_name", config.kind().diffusersName());
        json.put("_diffusers_version", UNetConfigJson.DIFFUSERS_VERSION);
        json.put("num_train_timesteps", config.numTrainTimesteps());
        json.put("beta_start", config.betaStart());
        json.put("beta_end", config.betaEnd());
        json.put("beta_schedule", config.betaSchedule().diffusersName());
        if (config.trainedBetas() == null) {
            json.putNull("trained_betas");
        } else {
            ArrayNode betas = json.putArray("trained_betas");
            config.trainedBetas().forEach(betas::add);
        }
        json.put("clip_sample", config.clipSample());
        json.put("clip_sample_range", config.clipSampleRange());
        json.put(PREDICTION_TYPE, config.predictionType().diffusersName());
        json.put("thresholding", config.thresholding());
        json.put("dynamic_thresholding_ratio", config.dynamicThresholdingRatio());
        json.put("sample_max_value", config.sampleMaxValue());
        json.put("timestep_spacing", config.timestepSpacing().diffusersName());
        json.put("steps_offset", config.stepsOffset());
        json.put("rescale_betas_zero_snr", config.rescaleBetasZeroSnr());
        switch (config.kind()) {
            case DDPM -> json.put("variance_type", config.varianceType().diffusersName());
            case DDIM -> json.put("set_alpha_to_one", config.setAlphaToOne());
        }
        return json;
    }
}
