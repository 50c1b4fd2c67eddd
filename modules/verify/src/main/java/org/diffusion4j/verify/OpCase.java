package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.graph.block.AttentionBlock;
import org.diffusion4j.graph.block.AttentionSpec;
import org.diffusion4j.graph.block.ResnetBlock;
import org.diffusion4j.graph.block.ResnetSpec;
import org.diffusion4j.graph.block.TimeSpec;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.Parameters;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.op.Activations;
import org.diffusion4j.graph.op.Attentions;
import org.diffusion4j.graph.op.Convolutions;
import org.diffusion4j.graph.op.Embeddings;
import org.diffusion4j.graph.op.FeedForward;
import org.diffusion4j.graph.op.Modulation;
import org.diffusion4j.graph.op.NormSpec;
import org.diffusion4j.graph.op.Norms;
import org.diffusion4j.graph.op.Resampling;
import org.diffusion4j.graph.option.Activation;
import org.diffusion4j.graph.option.ConfigValue;
import org.diffusion4j.graph.option.NormType;
import org.diffusion4j.graph.option.TimeInjection;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One op or block in a graph of its own: its output, and its gradients where the case has them. */
final class OpCase {
    private final ReferenceCase reference;
    private final JsonNode options;
    /** Names of the options and tensors that have been asked for. */
    private final Set<String> known = new HashSet<>();

    private final SameDiff sd = SameDiff.create();

    private OpCase(ReferenceCase reference) {
        this.reference = reference;
        this.options = reference.setting("options");
    }

    static List<Comparison> verify(ReferenceCase reference) {
        return new OpCase(reference).verify();
    }

    private List<Comparison> verify() {
        ShapedVariable output = output();
        checkNothingIgnored();
        Tolerance tolerance = reference.tolerance();
        INDArray expected = reference.tensor("output");
        long[] shape = output.shape();
        if (shape.length > 0 && shape[0] == -1 && expected.rank() > 0) {
            shape[0] = expected.size(0); // the batch's
        }
        if (!Arrays.equals(shape, expected.shape())) { // not computed: it may be of any size
            return List.of(Comparison.failed(
                    "output",
                    String.format(
                            Locale.ROOT,
                            "expected shape %s, found %s",
                            Arrays.toString(expected.shape()),
                            Arrays.toString(shape))));
        }
        String name = output.variable().name();
        Comparison value = tolerance.compare("output", sd.output(Map.of(), name).get(name), expected);
        List<Comparison> result = new ArrayList<>(List.of(value));
        if (reference.has("grad_output")) {
            result.addAll(gradients(output, tolerance));
        }
        return result;
    }

    private ShapedVariable output() {
        try {
            return output(reference.setting("op").asText());
        } catch (IllegalArgumentException e) {
            throw new Diffusion4jException(
                    String.format(Locale.ROOT, "%s: %s", reference.folder().resolve("case.json"), e.getMessage()), e);
        }
    }

    /** An option or tensor that nothing has asked for is one that this library doesn't have. */
    private void checkNothingIgnored() {
        for (Map.Entry<String, JsonNode> option : options.properties()) {
            if (!known.contains(option.getKey()) && !option.getValue().isNull()) {
                throw new Diffusion4jException(String.format(
                        Locale.ROOT,
                        "%s: options: expected none that is unknown here, found '%s' (%s)",
                        reference.folder().resolve("case.json"),
                        option.getKey(),
                        option.getValue()));
            }
        }
        for (String name : reference.tensors().keySet()) {
            if ((name.startsWith("in.") || name.startsWith("param.")) && !known.contains(name)) {
                throw new Diffusion4jException(String.format(
                        Locale.ROOT,
                        "%s: expected no tensor that this op has no use for, found '%s'",
                        reference.folder().resolve("case.safetensors"),
                        name));
            }
        }
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
            case "silu" -> Activations.silu(input("x"));
            case "relu" -> Activations.relu(input("x"));
            case "gelu" ->
                option("approximate").asText("none").equals("tanh")
                        ? Activations.geluTanh(input("x"))
                        : Activations.gelu(input("x"));
            case "gelu_tanh" -> Activations.geluTanh(input("x"));
            case "quick_gelu" -> Activations.quickGelu(input("x"));
            case "mish" -> Activations.mish(input("x"));
            case "softmax" -> Activations.softmax(input("x"), integer("dim", -1));
            case "linear" -> {
                inTheTensors("in_features", "out_features", "bias");
                yield FeedForward.linear(input("x"), parameter("weight"), optional("bias"));
            }
            case "conv2d" -> conv2d();
            case "conv_transpose" -> convTranspose();
            case "group_norm" -> {
                inTheTensors("num_channels", "affine");
                yield Norms.groupNorm(
                        input("x"), integer("num_groups"), optional("weight"), optional("bias"), number("eps", 1e-5));
            }
            case "layer_norm" -> {
                inTheTensors("elementwise_affine", "bias");
                ShapedVariable x = input("x");
                only("normalized_shape", Long.toString(x.size(-1)), "[" + x.size(-1) + "]");
                yield Norms.layerNorm(x, optional("weight"), optional("bias"), number("eps", 1e-5));
            }
            case "ada_group_norm" -> adaGroupNorm();
            case "film" -> Modulation.film(input("h"), input("gamma"), input("beta"));
            case "avg_pool" -> {
                pooling();
                yield Resampling.avgPool(input("x"));
            }
            case "max_pool" -> {
                pooling();
                yield Resampling.maxPool(input("x"));
            }
            case "downsample_conv" -> {
                inTheTensors("channels", "out_channels", "kernel_size", "kernel", "bias", "name");
                only("use_conv", "true");
                yield Resampling.downsampleConv(
                        input("x"), parameter("conv.weight"), optional("conv.bias"), integer("padding", 1));
            }
            case "upsample_nearest" -> upsampleNearest();
            case "upsample_nearest_conv" -> {
                inTheTensors("channels", "out_channels", "kernel_size", "kernel", "bias", "name");
                only("use_conv", "true");
                yield Convolutions.conv2d(
                        upsampleNearest(), parameter("conv.weight"), optional("conv.bias"), 1, integer("padding", 1));
            }
            case "upsample_bilinear" -> {
                only("scale_factor", "2", "2.0");
                yield Resampling.upsampleBilinear(input("x"), flag("align_corners", false));
            }
            case "timestep_embedding_cat" ->
                Embeddings.timestepEmbedding(
                        input("timesteps").variable(),
                        integer("embedding_dim"),
                        flag("flip_sin_to_cos", false),
                        number("downscale_freq_shift", 1),
                        number("scale", 1),
                        number("max_period", 10000));
            case "timestep_embedding_interleaved" -> {
                only("max_period", "10000", "10000.0");
                yield Embeddings.interleavedTimestepEmbedding(input("timesteps").variable(), integer("dim"));
            }
            case "fourier" -> {
                inTheTensors("embedding_size", "scale", "set_W_to_weight");
                yield Embeddings.fourierEmbedding(
                        input("x").variable(), parameter("weight"), flag("log", true), flag("flip_sin_to_cos", false));
            }
            case "time_mlp" -> timeMlp();
            case "feed_forward" -> feedForward();
            case "resnet_block" -> resnetBlock();
            case "self_attention", "cross_attention" -> attention();
            default ->
                throw new IllegalArgumentException(
                        String.format(Locale.ROOT, "expected an op that is known here, found '%s'", op));
        };
    }

    private ShapedVariable conv2d() {
        inTheTensors("in_channels", "out_channels", "kernel", "kernel_size", "bias");
        only("dilation", "1", "[1,1]");
        only("groups", "1");
        only("padding_mode", "zeros");
        return Convolutions.conv2d(
                input("x"), parameter("weight"), optional("bias"), bothWays("stride", 1), bothWays("padding", 0));
    }

    private ShapedVariable convTranspose() {
        inTheTensors("in_channels", "out_channels", "kernel", "kernel_size", "bias");
        only("dilation", "1", "[1,1]");
        only("groups", "1");
        only("padding_mode", "zeros");
        return Convolutions.convTranspose2d(
                input("x"),
                parameter("weight"),
                optional("bias"),
                bothWays("stride", 1),
                bothWays("padding", 0),
                bothWays("output_padding", 0));
    }

    private void pooling() {
        only("kernel", "2", "[2,2]");
        only("kernel_size", "2", "[2,2]");
        only("stride", "2", "[2,2]");
        only("padding", "0", "[0,0]");
        only("dilation", "1", "[1,1]");
        only("ceil_mode", "false");
        inTheTensors("count_include_pad"); // without padding the same
    }

    private ShapedVariable upsampleNearest() {
        ShapedVariable x = input("x");
        JsonNode size = option("size");
        if (size.isArray()) {
            return Resampling.upsampleNearest(
                    x, size.path(0).asInt(), size.path(1).asInt());
        }
        if (!size.isMissingNode() && !size.isNull()) {
            return Resampling.upsampleNearest(x, size.asInt(), size.asInt());
        }
        int factor = integer("scale_factor", 2);
        return Resampling.upsampleNearest(x, (int) x.size(2) * factor, (int) x.size(3) * factor);
    }

    /** Adaptive group norm: norm(x)·(1 + scale) + shift, both from a linear layer on the activated embedding. */
    private ShapedVariable adaGroupNorm() {
        inTheTensors("embedding_dim", "out_dim");
        ShapedVariable embedding = activated(activation("act_fn", null), input("emb"));
        ShapedVariable normalized = Norms.groupNorm(
                input("x"), integer("num_groups"), optional("norm.weight"), optional("norm.bias"), number("eps", 1e-5));
        return Modulation.scaleShift(
                normalized, FeedForward.linear(embedding, parameter("linear.weight"), parameter("linear.bias")));
    }

    private ShapedVariable timeMlp() {
        inTheTensors("in_channels", "time_embed_dim", "out_dim", "sample_proj_bias");
        ShapedVariable hidden = FeedForward.linear(input("x"), parameter("linear_1.weight"), optional("linear_1.bias"));
        ShapedVariable y = FeedForward.linear(
                activated(activation("act_fn", Activation.SILU), hidden),
                parameter("linear_2.weight"),
                optional("linear_2.bias"));
        return activated(activation("post_act_fn", null), y);
    }

    private static ShapedVariable activated(Activation activation, ShapedVariable x) {
        return activation == null ? x : Activations.activation(activation, x);
    }

    private ShapedVariable feedForward() {
        inTheTensors("dim", "dim_out", "inner_dim", "mult", "bias");
        withoutEffect("dropout", "final_dropout");
        String activation = option("activation_fn").asText("geglu");
        SDVariable weight = parameter("net.0.proj.weight");
        SDVariable bias = optional("net.0.proj.bias");
        ShapedVariable hidden =
                switch (activation) {
                    case "geglu" -> FeedForward.geglu(input("x"), weight, bias);
                    case "gelu" -> Activations.gelu(FeedForward.linear(input("x"), weight, bias));
                    case "gelu-approximate" -> Activations.geluTanh(FeedForward.linear(input("x"), weight, bias));
                    // Diffusers calls it so, though nothing is gated.
                    case "geglu-approximate" -> Activations.quickGelu(FeedForward.linear(input("x"), weight, bias));
                    case "linear-silu" -> Activations.silu(FeedForward.linear(input("x"), weight, bias));
                    default ->
                        throw new IllegalArgumentException(
                                "activation_fn: expected geglu, gelu, gelu-approximate, geglu-approximate or linear-silu,"
                                        + String.format(Locale.ROOT, " found '%s'", activation));
                };
        return FeedForward.linear(hidden, parameter("net.2.weight"), optional("net.2.bias"));
    }

    private ShapedVariable resnetBlock() {
        inTheTensors("temb_channels", "conv_shortcut_bias", "conv_shortcut");
        withoutEffect("dropout", "pre_norm");
        ShapedVariable x = input("x");
        int in = integer("in_channels", (int) x.size(1));
        int out = integer("out_channels", in);
        only("conv_2d_out_channels", Integer.toString(out));
        int groups = integer("groups", 32);
        boolean shortcut = flag("use_in_shortcut", in != out);
        if (!shortcut && in != out) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "use_in_shortcut: expected true, as %d channels become %d", in, out));
        }
        double eps = number("eps", 1e-6);
        ResnetSpec spec = new ResnetSpec(
                new NormSpec(NormType.GROUP, groups, eps),
                new NormSpec(NormType.GROUP, integer("groups_out", groups), eps),
                activation("non_linearity", Activation.SILU),
                new TimeSpec(
                        ConfigValue.of(
                                TimeInjection.class,
                                "time_embedding_norm",
                                option("time_embedding_norm").asText("default")),
                        !flag("skip_time_act", false)),
                0);
        ResnetBlock block = new ResnetBlock(
                spec,
                out,
                size(),
                shortcut ? ResnetBlock.Shortcut.CONVOLUTION : ResnetBlock.Shortcut.INPUT,
                number("output_scale_factor", 1));
        return block.apply(scope(), x, reference.has("in.temb") ? input("temb") : null);
    }

    private ResnetBlock.Size size() {
        // Diffusers' "sde_vp" is what it has without a name, too: average pool or nearest.
        only("kernel", "fir", "sde_vp");
        boolean fir = option("kernel").asText("").equals("fir");
        if (flag("down", false)) {
            return fir ? ResnetBlock.Size.FIR_DOWN : ResnetBlock.Size.AVG_POOL;
        }
        if (flag("up", false)) {
            return fir ? ResnetBlock.Size.FIR_UP : ResnetBlock.Size.NEAREST;
        }
        return ResnetBlock.Size.SAME;
    }

    /** Diffusers' Attention, of an image or a sequence, to itself or to a context. */
    private ShapedVariable attention() {
        inTheTensors("query_dim", "cross_attention_dim", "bias", "qkv_bias", "out_bias", "out_dim");
        withoutEffect("dropout", "upcast_attention", "upcast_softmax");
        only("scale_qk", "true");
        double eps = number("eps", 1e-5);
        NormSpec norm = option("norm_num_groups").isNumber()
                ? new NormSpec(NormType.GROUP, integer("norm_num_groups"), eps)
                : null;
        AttentionBlock block = new AttentionBlock(
                new AttentionSpec(integer("heads"), integer("dim_head"), reference.has("param.to_q.bias")),
                norm,
                flag("residual_connection", false),
                number("rescale_output_factor", 1));
        ShapedVariable x = input("x");
        ShapedVariable context = reference.has("in.context") ? input("context") : null;
        if (x.rank() == 4) {
            return block.apply(scope(), x, context);
        }
        // A sequence is an image of one column.
        return Attentions.toSequence(block.apply(scope(), Attentions.toImage(x, x.size(1), 1), context));
    }

    private ParameterScope scope() {
        Parameters given = (name, initial, trainable, shape) -> {
            SDVariable variable = parameter(name);
            if (!Arrays.equals(variable.getShape(), shape)) {
                throw new Diffusion4jException(String.format(
                        Locale.ROOT,
                        "%s, 'param.%s': expected shape %s, found %s",
                        reference.folder().resolve("case.safetensors"),
                        name,
                        Arrays.toString(shape),
                        Arrays.toString(variable.getShape())));
            }
            return variable;
        };
        return new ParameterScope(given, "", false, null);
    }

    private ShapedVariable input(String name) {
        String variable = "in." + name;
        known.add(variable);
        INDArray array = reference.tensor(variable);
        // A variable, not a placeholder: SameDiff differentiates with respect to those only.
        return new ShapedVariable(
                array.dataType().isFPType() ? sd.var(variable, array) : sd.constant(variable, array), array.shape());
    }

    private SDVariable parameter(String name) {
        known.add("param." + name);
        return sd.var("param." + name, reference.tensor("param." + name));
    }

    private SDVariable optional(String name) {
        return reference.has("param." + name) ? parameter(name) : null;
    }

    private JsonNode option(String name) {
        known.add(name);
        return options.path(name);
    }

    /** What these options say can be seen in the tensors' shapes, or in which there are. */
    private void inTheTensors(String... names) {
        known.addAll(List.of(names));
    }

    /** Options for training, or for less precise types. */
    private void withoutEffect(String... names) {
        known.addAll(List.of(names));
    }

    /** An option that has only these values here; null is as good as absent. */
    private void only(String name, String... values) {
        JsonNode value = option(name);
        String found = value.isTextual() ? value.asText() : value.toString();
        if (!value.isMissingNode() && !value.isNull() && !List.of(values).contains(found)) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "%s: expected %s, found %s", name, String.join(" or ", values), found));
        }
    }

    private Activation activation(String name, Activation otherwise) {
        String key = option(name).asText("").toLowerCase(Locale.ROOT);
        if (key.isEmpty() || key.equals("null")) {
            return otherwise;
        }
        return key.equals("swish") ? Activation.SILU : ConfigValue.of(Activation.class, name, key);
    }

    private int integer(String name) {
        required(name);
        return integer(name, 0);
    }

    private int integer(String name, int otherwise) {
        JsonNode value = option(name);
        if (value.isMissingNode() || value.isNull()) {
            return otherwise;
        }
        if (!value.isNumber() || value.asDouble() != value.asInt()) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "%s: expected a whole number, found %s", name, value));
        }
        return value.asInt();
    }

    /** A number for both directions: one, or a pair of the same. */
    private int bothWays(String name, int otherwise) {
        JsonNode value = option(name);
        if (!value.isArray()) {
            return integer(name, otherwise);
        }
        if (value.size() != 2 || !value.get(0).equals(value.get(1))) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "%s: expected the same number in both directions, found %s", name, value));
        }
        return value.get(0).asInt();
    }

    private double number(String name, double otherwise) {
        JsonNode value = option(name);
        if (value.isMissingNode() || value.isNull()) {
            return otherwise;
        }
        if (!value.isNumber()) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "%s: expected a number, found %s", name, value));
        }
        return value.asDouble();
    }

    private boolean flag(String name, boolean otherwise) {
        JsonNode value = option(name);
        if (value.isMissingNode() || value.isNull()) {
            return otherwise;
        }
        if (!value.isBoolean()) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "%s: expected true or false, found %s", name, value));
        }
        return value.asBoolean();
    }

    private void required(String name) {
        JsonNode value = option(name);
        if (value.isMissingNode() || value.isNull()) {
            throw new IllegalArgumentException(String.format(Locale.ROOT, "expected an option '%s', found none", name));
        }
    }
}
