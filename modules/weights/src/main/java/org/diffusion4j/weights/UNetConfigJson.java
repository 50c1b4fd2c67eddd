package org.diffusion4j.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.option.Activation;
import org.diffusion4j.graph.option.ClassEmbedType;
import org.diffusion4j.graph.option.ConfigValue;
import org.diffusion4j.graph.option.DownBlockType;
import org.diffusion4j.graph.option.DownsampleType;
import org.diffusion4j.graph.option.MidBlockType;
import org.diffusion4j.graph.option.NormType;
import org.diffusion4j.graph.option.TimeEmbeddingType;
import org.diffusion4j.graph.option.TimeInjection;
import org.diffusion4j.graph.option.UpBlockType;
import org.diffusion4j.graph.option.UpsampleType;

/**
 * A U-Net's {@code config.json}, as diffusers' {@code UNet2DModel} reads and writes it. A missing key has diffusers'
 * default; an unknown one has no effect. Options that diffusers doesn't have are written only where they differ from its
 * behaviour, so that an ordinary model stays an ordinary diffusers folder.
 */
public final class UNetConfigJson {
    static final String CLASS_NAME = "UNet2DModel";
    /** The release whose behaviour this library has; written to new files. */
    static final String DIFFUSERS_VERSION = "0.40.0.dev0";
    /** Block names of before diffusers 0.1 have this in front. */
    private static final String OLD_PREFIX = "UNetRes";

    private UNetConfigJson() {}

    /**
     * Reads a configuration.
     *
     * @param file a config.json
     * @return the configuration
     * @throws Diffusion4jException where the file can't be read, is of another class than UNet2DModel, or an option is of
     *     a wrong type or makes no network; the message names file and key
     */
    public static UNetConfig read(Path file) {
        return read(file, JsonFile.readConfig(file));
    }

    static UNetConfig read(Path file, ObjectNode object) {
        return read(file, object, new UnknownKeys());
    }

    static UNetConfig read(Path file, ObjectNode object, UnknownKeys unknown) {
        UNetConfig.Builder builder = UNetConfig.builder();
        ConfigFields fields = new ConfigFields(file, object, unknown);
        fields.present("_class_name", value -> {
            if (!value.isTextual() || !value.textValue().equals(CLASS_NAME)) {
                throw fields.expected("_class_name", CLASS_NAME, value);
            }
        });
        fields.present("sample_size", value -> builder.sampleSize(sampleSize(fields, value)));
        fields.integer("in_channels", builder::inChannels);
        fields.integer("out_channels", builder::outChannels);
        fields.truth("center_input_sample", builder::centerInputSample);
        fields.word(
                "time_embedding_type",
                key -> ConfigValue.of(TimeEmbeddingType.class, "time_embedding_type", key),
                builder::timeEmbeddingType);
        fields.integerOrNull("time_embedding_dim", builder::timeEmbeddingDim);
        fields.integerOrNull("time_projection_dim", builder::timeProjectionDim);
        fields.number("freq_shift", builder::freqShift);
        fields.truth("flip_sin_to_cos", builder::flipSinToCos);
        fields.words(
                "down_block_types",
                key -> ConfigValue.of(DownBlockType.class, "down_block_types", withoutOldPrefix(key)),
                builder::downBlockTypes);
        fields.wordOrNull(
                "mid_block_type",
                key -> ConfigValue.of(MidBlockType.class, "mid_block_type", key),
                null,
                builder::midBlockType);
        fields.words(
                "up_block_types",
                key -> ConfigValue.of(UpBlockType.class, "up_block_types", withoutOldPrefix(key)),
                builder::upBlockTypes);
        fields.integers("block_out_channels", builder::blockOutChannels);
        fields.integer("layers_per_block", builder::layersPerBlock);
        fields.number("mid_block_scale_factor", builder::midBlockScaleFactor);
        fields.integer("downsample_padding", builder::downsamplePadding);
        fields.wordOrNull(
                "downsample_type",
                key -> ConfigValue.of(DownsampleType.class, "downsample_type", key),
                DownsampleType.CONV,
                builder::downsampleType);
        fields.wordOrNull(
                "upsample_type",
                key -> ConfigValue.of(UpsampleType.class, "upsample_type", key),
                UpsampleType.CONV,
                builder::upsampleType);
        fields.number("dropout", builder::dropout);
        fields.word("act_fn", UNetConfigJson::activation, builder::actFn);
        fields.integerOrNull("attention_head_dim", builder::attentionHeadDim);
        fields.integerOrNull("num_attention_heads", builder::numAttentionHeads);
        fields.integerOrNull("norm_num_groups", builder::normNumGroups);
        fields.integerOrNull("attn_norm_num_groups", builder::attnNormNumGroups);
        fields.number("norm_eps", builder::normEps);
        fields.word("norm_type", key -> ConfigValue.of(NormType.class, "norm_type", key), builder::normType);
        fields.word(
                "resnet_time_scale_shift",
                key -> ConfigValue.of(TimeInjection.class, "resnet_time_scale_shift", key),
                builder::resnetTimeScaleShift);
        fields.truth("add_attention", builder::addAttention);
        fields.wordOrNull(
                "class_embed_type",
                key -> ConfigValue.of(ClassEmbedType.class, "class_embed_type", key),
                null,
                builder::classEmbedType);
        fields.integerOrNull("num_class_embeds", builder::numClassEmbeds);
        fields.integerOrNull("num_train_timesteps", builder::numTrainTimesteps);
        fields.integerOrNull("cross_attention_dim", builder::crossAttentionDim);
        fields.truth("resnet_residual", builder::resnetResidual);
        fields.truth("skip_connections", builder::skipConnections);
        fields.integer("conv_out_kernel", builder::convOutKernel);
        return fields.build(builder::build);
    }

    private static SampleSize sampleSize(ConfigFields fields, JsonNode value) {
        if (value.isNull()) {
            return null;
        }
        boolean pair = value.isArray() && value.size() == 2;
        JsonNode height = pair ? value.get(0) : value;
        JsonNode width = pair ? value.get(1) : value;
        if (value.isArray() && !pair) {
            throw fields.expected("sample_size", "a whole number or [height, width]", value);
        }
        return fields.checked(
                () -> new SampleSize(fields.integerOf("sample_size", height), fields.integerOf("sample_size", width)));
    }

    /** Diffusers looks activations up without regard to case, and knows SiLU by two names. */
    private static Activation activation(String key) {
        String lower = key.toLowerCase(Locale.ROOT);
        return lower.equals("swish") ? Activation.SILU : ConfigValue.of(Activation.class, "act_fn", lower);
    }

    private static String withoutOldPrefix(String key) {
        return key.startsWith(OLD_PREFIX) ? key.substring(OLD_PREFIX.length()) : key;
    }

    /**
     * Writes a configuration as diffusers does: its keys, sorted.
     *
     * @param file the file to write or replace
     * @param config the configuration
     * @throws Diffusion4jException where the file can't be written
     */
    public static void write(Path file, UNetConfig config) {
        JsonFile.write(file, toJson(config));
    }

    /**
     * A configuration as text.
     *
     * @param config the configuration
     * @return what {@link #write} puts into a file
     */
    public static String format(UNetConfig config) {
        return PythonJson.print(toJson(config));
    }

    /**
     * A configuration from text.
     *
     * @param json a config.json's content
     * @return the configuration
     * @throws Diffusion4jException as {@link #read(Path)} has it
     */
    public static UNetConfig parse(String json) {
        Path name = Path.of("config.json");
        try {
            return read(name, JsonFile.read(name, new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8))));
        } catch (IOException e) {
            throw new UncheckedIOException("bytes in memory can't fail", e);
        }
    }

    /** What to write back, where {@code source} was read from a file and the configuration may have changed since. */
    static ObjectNode toJson(UNetConfig config, ObjectNode source) {
        return ConfigChange.applied(source, toJson(read(Path.of("config.json"), source)), toJson(config));
    }

    /**
     * A configuration as JSON.
     *
     * @param config the configuration
     * @return what {@link #write} puts into a file; a new object
     */
    public static ObjectNode toJson(UNetConfig config) {
        UNetConfig defaults = UNetConfig.builder().build();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("_class_name", CLASS_NAME);
        json.put("_diffusers_version", DIFFUSERS_VERSION);
        SampleSize size = config.sampleSize();
        if (size == null || size.height() == size.width()) {
            json.put("sample_size", size == null ? null : size.height());
        } else {
            json.putArray("sample_size").add(size.height()).add(size.width());
        }
        json.put("in_channels", config.inChannels());
        json.put("out_channels", config.outChannels());
        json.put("center_input_sample", config.centerInputSample());
        json.put("time_embedding_type", config.timeEmbeddingType().key());
        json.put("time_embedding_dim", config.timeEmbeddingDim());
        json.set("freq_shift", wholeIfItIs(config.freqShift()));
        json.put("flip_sin_to_cos", config.flipSinToCos());
        json.set("down_block_types", keys(config.downBlockTypes()));
        json.put(
                "mid_block_type",
                config.midBlockType() == null ? null : config.midBlockType().key());
        json.set("up_block_types", keys(config.upBlockTypes()));
        ArrayNode channels = json.putArray("block_out_channels");
        config.blockOutChannels().forEach(channels::add);
        json.put("layers_per_block", config.layersPerBlock());
        json.set("mid_block_scale_factor", wholeIfItIs(config.midBlockScaleFactor()));
        json.put("downsample_padding", config.downsamplePadding());
        json.put("downsample_type", config.downsampleType().key());
        json.put("upsample_type", config.upsampleType().key());
        json.put("dropout", config.dropout());
        json.put("act_fn", config.actFn().key());
        json.put("attention_head_dim", config.attentionHeadDim());
        json.put("norm_num_groups", config.normNumGroups());
        json.put("attn_norm_num_groups", config.attnNormNumGroups());
        json.put("norm_eps", config.normEps());
        json.put("resnet_time_scale_shift", config.resnetTimeScaleShift().key());
        json.put("add_attention", config.addAttention());
        json.put(
                "class_embed_type",
                config.classEmbedType() == null ? null : config.classEmbedType().key());
        json.put("num_class_embeds", config.numClassEmbeds());
        json.put("num_train_timesteps", config.numTrainTimesteps());

        // What diffusers doesn't have.
        if (config.timeProjectionDim() != null) {
            json.put("time_projection_dim", config.timeProjectionDim());
        }
        if (config.numAttentionHeads() != null) {
            json.put("num_attention_heads", config.numAttentionHeads());
        }
        if (config.normType() != defaults.normType()) {
            json.put("norm_type", config.normType().key());
        }
        if (config.crossAttentionDim() != null) {
            json.put("cross_attention_dim", config.crossAttentionDim());
        }
        if (config.resnetResidual() != defaults.resnetResidual()) {
            json.put("resnet_residual", config.resnetResidual());
        }
        if (config.skipConnections() != defaults.skipConnections()) {
            json.put("skip_connections", config.skipConnections());
        }
        if (config.convOutKernel() != defaults.convOutKernel()) {
            json.put("conv_out_kernel", config.convOutKernel());
        }
        return json;
    }

    private static ArrayNode keys(List<? extends ConfigValue> values) {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        values.forEach(value -> list.add(value.key()));
        return list;
    }

    /** Diffusers' defaults for these are whole numbers, and Python prints them without a point. */
    private static JsonNode wholeIfItIs(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e9
                ? JsonNodeFactory.instance.numberNode((int) value)
                : JsonNodeFactory.instance.numberNode(value);
    }
}
