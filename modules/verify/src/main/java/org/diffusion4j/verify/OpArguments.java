package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.config.ConfigName;
import org.diffusion4j.graph.build.ParameterScope;
import org.diffusion4j.graph.build.Parameters;
import org.diffusion4j.graph.build.ShapedVariable;
import org.diffusion4j.graph.option.Activation;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The inputs, parameters and options that a case gives to an op. It remembers which of them the op has asked for. */
final class OpArguments {
    private final ReferenceCase reference;
    private final JsonNode options;
    private final SameDiff sd;
    /** The names of the options and tensors that were asked for. */
    private final Set<String> known = new HashSet<>();

    OpArguments(ReferenceCase reference, SameDiff sd) {
        this.reference = reference;
        this.options = reference.setting("options");
        this.sd = sd;
    }

    /** An optional input of an op; null if the case has none. */
    ShapedVariable optionalInput(String name) {
        return reference.has("in." + name) ? input(name) : null;
    }

    /** Whether the case has a parameter. */
    boolean hasParameter(String name) {
        return reference.has("param." + name);
    }

    /** The parameters of a block, which asks for them by name and shape. */
    ParameterScope scope() {
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

    ShapedVariable input(String name) {
        String variable = "in." + name;
        known.add(variable);
        INDArray array = reference.tensor(variable);
        // This is a variable and not a placeholder, since SameDiff differentiates only with respect to variables.
        return new ShapedVariable(
                array.dataType().isFPType() ? sd.var(variable, array) : sd.constant(variable, array), array.shape());
    }

    SDVariable parameter(String name) {
        known.add("param." + name);
        return sd.var("param." + name, reference.tensor("param." + name));
    }

    /** An optional parameter of an op; null if the case has none. */
    SDVariable optional(String name) {
        return hasParameter(name) ? parameter(name) : null;
    }

    JsonNode option(String name) {
        known.add(name);
        return options.path(name);
    }

    /** Accepts options that also follow from the tensors' shapes or from which tensors there are. */
    void inTheTensors(String... names) {
        known.addAll(List.of(names));
    }

    /** Accepts options that have no effect here, such as those for training or less precise types. */
    void withoutEffect(String... names) {
        known.addAll(List.of(names));
    }

    /** Accepts an option that can only have these values here; null counts as absent. */
    void only(String name, String... values) {
        JsonNode value = option(name);
        String found = value.isTextual() ? value.asText() : value.toString();
        if (!value.isMissingNode() && !value.isNull() && !List.of(values).contains(found)) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "%s: expected %s, found %s", name, String.join(" or ", values), found));
        }
    }

    /** @param otherwise the value if the option is absent or null, here and in the methods below */
    Activation activation(String name, Activation otherwise) {
        String key = option(name).asText("").toLowerCase(Locale.ROOT);
        if (key.isEmpty() || key.equals("null")) {
            return otherwise;
        }
        return key.equals("swish") ? Activation.SILU : ConfigName.of(Activation.class, name, key);
    }

    int integer(String name) {
        required(name);
        return integer(name, 0);
    }

    int integer(String name, int otherwise) {
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

    /** A number for both directions, given as one number or a pair of equal numbers. */
    int bothWays(String name, int otherwise) {
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

    double number(String name, double otherwise) {
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

    boolean flag(String name, boolean otherwise) {
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

    /** Refuses options and tensors that nothing has asked for, since this library doesn't have them. */
    void checkNothingIgnored() {
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
}
