package org.diffusion4j.weights.torchfile;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.diffusion4j.weights.tensor.TensorType;

/** What torch.save writes into a pickle: ordered dicts, storages, tensors and parameters. Everything else is inert. */
final class TorchValues implements PickleMeaning {
    private static final String REBUILD = "torch._utils._rebuild_";

    private final Map<String, TorchStorage> storages = new LinkedHashMap<>();

    /** The storages to which the pickle refers, by their keys. */
    Map<String, TorchStorage> storages() {
        return Collections.unmodifiableMap(storages);
    }

    @Override
    public Object call(PickleGlobal function, List<Object> arguments, PickleInput input) {
        String name = function.fullName();
        return switch (name) {
            case "collections.OrderedDict" -> dict(arguments, input);
            case REBUILD + "tensor" -> tensor(arguments, 4, Optional.empty(), input);
            case REBUILD + "tensor_v2" -> tensorWithMetadata(arguments, 6, Optional.empty(), input);
            case REBUILD + "tensor_v3" -> typedTensor(arguments, input);
            case REBUILD + "parameter", REBUILD + "parameter_with_state", "torch.nn.parameter.Parameter" ->
                wrapped(arguments, input);
            case "_codecs.encode" -> new PickleObject("builtins.bytes", List.of()); // as protocol 2 has no bytes
            case "torch._tensor._rebuild_from_type", "torch._tensor._rebuild_from_type_v2" ->
                withType(arguments, input);
            default ->
                name.startsWith(REBUILD) || name.startsWith("torch._tensor._rebuild_")
                        ? new UnreadableTensor(function.name())
                        : new PickleObject(name, arguments);
        };
    }

    /** Python 2 wrote the entries as a list of lists; Python 3 sets them afterwards. */
    private static PickleDict dict(List<Object> arguments, PickleInput input) {
        PickleDict dict = new PickleDict();
        if (!arguments.isEmpty()) {
            for (Object entry : items(arguments.get(0), input)) {
                List<Object> keyAndValue = items(entry, input);
                if (keyAndValue.size() != 2 || !PickleDict.canBeKey(keyAndValue.get(0))) {
                    throw input.fault("expected a key and a value of an OrderedDict, found something else");
                }
                input.charge(PickleRoom.ENTRY);
                dict.put(keyAndValue.get(0), keyAndValue.get(1));
            }
        }
        return dict;
    }

    private static List<Object> items(Object value, PickleInput input) {
        if (value instanceof PickleTuple tuple) {
            return tuple.items();
        } else if (value instanceof PickleList list) {
            return list.items();
        } else if (value instanceof PickleObject size && size.className().equals("torch.Size")) {
            return size.arguments().size() == 1 ? items(size.arguments().get(0), input) : List.of();
        }
        throw input.fault("expected a list or a tuple, found another value");
    }

    private static void require(List<Object> arguments, int count, PickleInput input) {
        if (arguments.size() < count) {
            throw input.fault("expected a tensor of " + count + " arguments, found " + arguments.size());
        }
    }

    /** Arguments: storage, offset, shape, strides, and what only training needs. */
    private static Object tensor(List<Object> arguments, int count, Optional<TensorType> ownType, PickleInput input) {
        require(arguments, count, input);
        long[] shape = numbers(arguments.get(2), input);
        long[] strides = numbers(arguments.get(3), input);
        if (!(arguments.get(0) instanceof TorchStorage storage) || !(arguments.get(1) instanceof Long offset)) {
            throw input.fault("expected a storage and an offset, found other values");
        }
        Optional<TensorType> type = ownType.or(() -> storage.type().element());
        if (type.isEmpty()) {
            return new UnreadableTensor("elements of a " + storage.type());
        }
        return TorchTensor.of(storage, type.get(), offset, shape, strides, input);
    }

    /** A tensor that is to be negated or conjugated when it is read says so behind its other arguments. */
    private static Object tensorWithMetadata(
            List<Object> arguments, int count, Optional<TensorType> ownType, PickleInput input) {
        Object tensor = tensor(arguments, count, ownType, input);
        boolean changed = arguments.size() > count
                && arguments.get(count) instanceof PickleDict metadata
                && metadata.entries().values().stream().anyMatch(value -> !Boolean.FALSE.equals(value));
        return changed ? new UnreadableTensor("a negated or conjugated view") : tensor;
    }

    private static Object typedTensor(List<Object> arguments, PickleInput input) {
        require(arguments, 7, input);
        if (!(arguments.get(6) instanceof PickleGlobal typeName) || !TorchType.isType(typeName)) {
            throw input.fault("expected the name of a type such as torch.float32, found another value");
        }
        Optional<TensorType> type = TorchType.of(typeName);
        return type.isEmpty()
                ? new UnreadableTensor("elements of " + typeName.fullName())
                : tensorWithMetadata(arguments, 7, type, input);
    }

    /** A parameter is its tensor, of whatever kind. */
    private static Object wrapped(List<Object> arguments, PickleInput input) {
        Object tensor = arguments.isEmpty() ? null : arguments.get(0);
        if (tensor instanceof TorchTensor || tensor instanceof UnreadableTensor || tensor instanceof PickleObject) {
            return tensor;
        }
        throw input.fault("expected a parameter's tensor, found another value");
    }

    /** A tensor with attributes: function, class, the function's arguments, attributes. */
    private Object withType(List<Object> arguments, PickleInput input) {
        require(arguments, 4, input);
        if (arguments.get(0) instanceof PickleGlobal function
                && arguments.get(1) instanceof PickleGlobal type
                && arguments.get(2) instanceof PickleTuple own) {
            boolean plain = type.fullName().equals("torch.Tensor")
                    || type.fullName().equals("torch.nn.parameter.Parameter")
                    || type.fullName().equals("torch.nn.parameter.Buffer");
            boolean known = function.fullName().startsWith(REBUILD);
            return plain && known ? call(function, own.items(), input) : new PickleObject(type.fullName(), List.of());
        }
        throw input.fault("expected a tensor's function, class and arguments, found other values");
    }

    private static long[] numbers(Object value, PickleInput input) {
        List<Object> items = items(value, input);
        input.charge(8L * items.size());
        return items.stream()
                .mapToLong(item -> {
                    if (item instanceof Long number) {
                        return number;
                    }
                    throw input.fault("expected whole numbers as a tensor's shape and strides, found another value");
                })
                .toArray();
    }

    /** A storage: the kind of reference, class, key, device, number of elements, and perhaps which part of it. */
    @Override
    public Object persistent(Object id, PickleInput input) {
        List<Object> parts = id instanceof PickleTuple tuple ? tuple.items() : List.of();
        if (parts.size() == 4 && "module".equals(parts.get(0)) && parts.get(1) instanceof PickleGlobal type) {
            return type; // a class with its source, as older releases wrote it of a whole network
        }
        if (parts.size() < 5
                || !"storage".equals(parts.get(0))
                || !(parts.get(1) instanceof PickleGlobal typeName)
                || !(parts.get(4) instanceof Long length)) {
            throw input.fault("expected a reference to a storage, found another one");
        }
        StorageType type = StorageType.of(typeName)
                .orElseThrow(() -> input.fault("expected a storage of torch, found " + typeName.fullName()));
        String key = key(parts.get(2)).orElseThrow(() -> input.fault("expected a storage's key, found another value"));
        if (length < 0 || length > Long.MAX_VALUE / Long.SIZE / type.elementBytes()) {
            throw input.fault("expected a storage's length, found " + length);
        }
        TorchStorage whole = new TorchStorage(key, type, length, 0, length);
        TorchStorage known = storages.putIfAbsent(key, whole);
        if (known != null && known.wholeBytes() != whole.wholeBytes()) {
            throw input.fault(
                    "expected a storage of " + known.wholeBytes() + " bytes, found one of " + whole.wholeBytes());
        }
        return parts.size() > 5 && parts.get(5) != null ? part(whole, items(parts.get(5), input), input) : whole;
    }

    /** @param view the part's own key, its first element and its number of elements */
    private static TorchStorage part(TorchStorage whole, List<Object> view, PickleInput input) {
        if (view.size() == 3
                && view.get(1) instanceof Long first
                && view.get(2) instanceof Long length
                && first >= 0
                && length >= 0
                && length <= whole.wholeLength()
                && first <= whole.wholeLength() - length) {
            return new TorchStorage(whole.key(), whole.type(), whole.wholeLength(), first, length);
        }
        throw input.fault("expected a part of a storage of " + whole.wholeLength() + " elements, found another one");
    }

    /** A storage's key as a text, as older releases wrote it as a number. */
    static Optional<String> key(Object value) {
        return value instanceof String || value instanceof Long ? Optional.of(value.toString()) : Optional.empty();
    }
}
