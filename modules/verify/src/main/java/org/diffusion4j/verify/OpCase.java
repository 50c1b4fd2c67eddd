package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.Activation;
import org.diffusion4j.graph.AttentionBlock;
import org.diffusion4j.graph.ConfigValue;
import org.diffusion4j.graph.NormType;
import org.diffusion4j.graph.ParameterScope;
import org.diffusion4j.graph.Parameters;
import org.diffusion4j.graph.ResnetBlock;
import org.diffusion4j.graph.SDDiffusion;
import org.diffusion4j.graph.ShapedVariable;
import org.diffusion4j.graph.TimeInjection;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One op or block, alone in a graph: its output, and its gradients where the case has them. */
final class OpCase {
    private final ReferenceCase reference;
    private final JsonNode options;
    private final SameDiff sd = SameDiff.create();
    private final SDDiffusion ops = new SDDiffusion(sd);

    private OpCase(ReferenceCase reference) {
        this.reference = reference;
        this.options = reference.setting("options");
    }

    static List<Comparison> verify(ReferenceCase reference) {
        return new OpCase(reference).verify();
    }

    private List<Comparison> verify() {
        ShapedVariable output = output(reference.setting("op").asText());
        Tolerance tolerance = reference.tolerance();
        List<Comparison> result = new ArrayList<>();
        String name = output.variable().name();
        result.add(tolerance.compare("output", sd.output(Map.of(), name).get(name), reference.tensor("output")));
        if (reference.has("grad_output")) {
            result.addAll(gradients(output, tolerance));
        }
        return result;
    }

    private List<Comparison> gradients(ShapedVariable output, Tolerance tolerance) {
        List<String> names = reference.tensors().keySet().stream()
                .filter(name -> name.startsWith("grad."))
                .map(name -> name.substring("grad.".length()))
                .toList();
        if (names.isEmpty()) {
            return List.of();
        }
        Map<String, INDArray> gradients =
                Gradients.of(sd, output.variable(), reference.tensor("grad_output"), Map.of(), names);
        List<Comparison> result = new ArrayList<>();
        for (String name : names) {
            INDArray gradient = gradients.get(name);
            String group = "grad." + name;
            result.add(
                    gradient == null
                            ? Comparison.failed(group, "the output doesn't depend on it")
                            : tolerance.compare(group, gradient, reference.tensor(group)));
        }
        return result;
    }

    private ShapedVariable output(String op) {
        return switch (op) {
            case "silu" -> ops.silu(input("x"));
            case "relu" -> ops.relu(input("x"));
            case "gelu" -> ops.gelu(input("x"));
            case "gelu_tanh" -> ops.geluTanh(input("x"));
            case "quick_gelu" -> ops.quickGelu(input("x"));
            case "mish" -> ops.mish(input("x"));
            case "softmax" -> ops.softmax(input("x"));
            case "linear" -> ops.linear(input("x"), parameter("weight"), optional("bias"));
            case "conv2d" ->
                ops.conv2d(input("x"), parameter("weight"), optional("bias"), integer("stride"), integer("padding"));
            case "conv_transpose" ->
                ops.convTranspose2d(
                        input("x"),
                        parameter("weight"),
                        optional("bias"),
                        integer("stride"),
                        integer("padding"),
                        integer("output_padding"));
            case "group_norm" ->
                ops.groupNorm(input("x"), integer("num_groups"), optional("weight"), optional("bias"), number("eps"));
            case "layer_norm" -> ops.layerNorm(input("x"), optional("weight"), optional("bias"), number("eps"));
            case "ada_group_norm" ->
                ops.adaGroupNorm(
                        input("x"),
                        input("emb"),
                        activation("act_fn"),
                        parameter("linear.weight"),
                        parameter("linear.bias"),
                        integer("num_groups"),
                        optional("norm.weight"),
                        optional("norm.bias"),
                        number("eps"));
            case "film" -> ops.film(input("h"), input("gamma"), input("beta"));
            case "avg_pool" -> ops.avgPool(input("x"));
            case "max_pool" -> ops.maxPool(input("x"));
            case "downsample_conv" ->
                ops.downsampleConv(input("x"), parameter("conv.weight"), parameter("conv.bias"), integer("padding"));
            case "upsample_nearest" ->
                options.hasNonNull("size")
                        ? ops.upsampleNearest(
                                input("x"),
                                options.get("size").get(0).asInt(),
                                options.get("size").get(1).asInt())
                        : ops.upsampleNearest(input("x"));
            case "upsample_nearest_conv" ->
                ops.conv2d(ops.upsampleNearest(input("x")), parameter("conv.weight"), parameter("conv.bias"), 1, 1);
            case "upsample_bilinear" ->
                ops.upsampleBilinear(input("x"), options.get("align_corners").asBoolean());
            case "timestep_embedding_cat" ->
                ops.timestepEmbedding(
                        input("timesteps").variable(),
                        integer("embedding_dim"),
                        options.get("flip_sin_to_cos").asBoolean(),
                        number("downscale_freq_shift"),
                        number("scale"),
                        number("max_period"));
            case "timestep_embedding_interleaved" ->
                ops.interleavedTimestepEmbedding(input("timesteps").variable(), integer("dim"));
            case "fourier" ->
                ops.fourierEmbedding(
                        input("x").variable(),
                        parameter("weight"),
                        options.get("log").asBoolean(),
                        options.get("flip_sin_to_cos").asBoolean());
            case "time_mlp" ->
                ops.mlp(
                        input("x"),
                        parameter("linear_1.weight"),
                        parameter("linear_1.bias"),
                        activation("act_fn"),
                        parameter("linear_2.weight"),
                        parameter("linear_2.bias"));
            case "feed_forward" -> feedForward();
            case "resnet_block" -> resnetBlock();
            case "self_attention" -> selfAttention();
            case "cross_attention" -> crossAttention();
            default ->
                throw new Diffusion4jException("%s: expected an op that is known here, found '%s'"
                        .formatted(reference.folder().resolve("case.json"), op));
        };
    }

    private ShapedVariable feedForward() {
        String activation = options.path("activation_fn").asText("geglu");
        SDVariable weight = parameter("net.0.proj.weight");
        SDVariable bias = optional("net.0.proj.bias");
        ShapedVariable hidden =
                switch (activation) {
                    case "geglu" -> ops.geglu(input("x"), weight, bias);
                    case "gelu" -> ops.gelu(ops.linear(input("x"), weight, bias));
                    case "gelu-approximate" -> ops.geluTanh(ops.linear(input("x"), weight, bias));
                    default ->
                        throw new Diffusion4jException(
                                "%s: activation_fn: expected geglu, gelu or gelu-approximate, found '%s'"
                                        .formatted(reference.folder().resolve("case.json"), activation));
                };
        return ops.linear(hidden, parameter("net.2.weight"), optional("net.2.bias"));
    }

    private ShapedVariable resnetBlock() {
        int in = integer("in_channels");
        int out = options.path("out_channels").asInt(in);
        int groups = integer("groups");
        ResnetBlock.Resampling resampling = options.path("down").asBoolean()
                ? ResnetBlock.Resampling.AVG_POOL
                : options.path("up").asBoolean() ? ResnetBlock.Resampling.NEAREST : ResnetBlock.Resampling.NONE;
        String kernel = options.path("kernel").asText("");
        if (kernel.equals("fir") && resampling != ResnetBlock.Resampling.NONE) {
            resampling = resampling == ResnetBlock.Resampling.AVG_POOL
                    ? ResnetBlock.Resampling.FIR_DOWN
                    : ResnetBlock.Resampling.FIR_UP;
        }
        ResnetBlock block = new ResnetBlock(
                out,
                groups,
                options.hasNonNull("groups_out") ? integer("groups_out") : groups,
                number("eps"),
                NormType.GROUP,
                activation("non_linearity"),
                ConfigValue.of(
                        TimeInjection.class,
                        "time_embedding_norm",
                        options.path("time_embedding_norm").asText("default")),
                options.path("skip_time_act").asBoolean(),
                0,
                options.path("output_scale_factor").asDouble(1),
                resampling,
                options.path("use_in_shortcut").asBoolean(),
                true);
        return block.apply(scope(), input("x"), reference.has("in.temb") ? input("temb") : null);
    }

    private ShapedVariable selfAttention() {
        AttentionBlock block = new AttentionBlock(
                integer("heads"),
                integer("dim_head"),
                options.hasNonNull("norm_num_groups") ? (Integer) integer("norm_num_groups") : null,
                options.path("eps").asDouble(1e-5),
                NormType.GROUP,
                reference.has("param.to_q.bias"),
                options.path("residual_connection").asBoolean(),
                options.path("rescale_output_factor").asDouble(1));
        return block.apply(scope(), input("x"), null);
    }

    private ShapedVariable crossAttention() {
        AttentionBlock block = new AttentionBlock(
                integer("heads"),
                integer("dim_head"),
                null,
                1e-5,
                NormType.GROUP,
                reference.has("param.to_q.bias"),
                false,
                1);
        return block.attend(scope(), input("x"), reference.has("in.context") ? input("context") : null);
    }

    private ParameterScope scope() {
        Parameters given = (name, initial, trainable, shape) -> {
            SDVariable variable = parameter(name);
            if (!Arrays.equals(variable.getShape(), shape)) {
                throw new Diffusion4jException("%s, 'param.%s': expected shape %s, found %s"
                        .formatted(
                                reference.folder().resolve("case.safetensors"),
                                name,
                                Arrays.toString(shape),
                                Arrays.toString(variable.getShape())));
            }
            return variable;
        };
        return new ParameterScope(ops, given, "", false, null);
    }

    private ShapedVariable input(String name) {
        INDArray array = reference.tensor("in." + name);
        String variable = "in." + name;
        // A variable, not a placeholder: SameDiff differentiates with respect to those alone.
        return new ShapedVariable(
                array.dataType().isFPType() ? sd.var(variable, array) : sd.constant(variable, array), array.shape());
    }

    private SDVariable parameter(String name) {
        return sd.var("param." + name, reference.tensor("param." + name));
    }

    private SDVariable optional(String name) {
        return reference.has("param." + name) ? parameter(name) : null;
    }

    private Activation activation(String option) {
        JsonNode name = options.get(option);
        if (name == null || name.isNull()) {
            return null;
        }
        String key = name.asText();
        return key.equals("swish") ? Activation.SILU : ConfigValue.of(Activation.class, option, key);
    }

    private int integer(String option) {
        return required(option).asInt();
    }

    private double number(String option) {
        return required(option).asDouble();
    }

    private JsonNode required(String option) {
        JsonNode value = options.get(option);
        if (value == null || value.isNull()) {
            throw new Diffusion4jException("%s: expected an option '%s', found none"
                    .formatted(reference.folder().resolve("case.json"), option));
        }
        return value;
    }
}
