package org.diffusion4j.weights.torchfile;

import java.util.Map;
import java.util.Optional;
import org.diffusion4j.weights.tensor.TensorType;

/** PyTorch's names of element types, as {@code _rebuild_tensor_v3} has them. */
final class TorchType {
    private static final Map<String, TensorType> TYPES = Map.ofEntries(
            Map.entry("float64", TensorType.F64),
            Map.entry("float32", TensorType.F32),
            Map.entry("float16", TensorType.F16),
            Map.entry("bfloat16", TensorType.BF16),
            Map.entry("int64", TensorType.I64),
            Map.entry("int32", TensorType.I32),
            Map.entry("int16", TensorType.I16),
            Map.entry("int8", TensorType.I8),
            Map.entry("uint64", TensorType.U64),
            Map.entry("uint32", TensorType.U32),
            Map.entry("uint16", TensorType.U16),
            Map.entry("uint8", TensorType.U8),
            Map.entry("bool", TensorType.BOOL),
            Map.entry("complex64", TensorType.C64),
            Map.entry("float8_e4m3fn", TensorType.F8_E4M3),
            Map.entry("float8_e5m2", TensorType.F8_E5M2),
            Map.entry("float8_e4m3fnuz", TensorType.F8_E4M3FNUZ),
            Map.entry("float8_e5m2fnuz", TensorType.F8_E5M2FNUZ),
            Map.entry("float8_e8m0fnu", TensorType.F8_E8M0));

    private TorchType() {}

    /** Whether it is the name of a type, of those, too, that aren't read here. */
    static boolean isType(PickleGlobal name) {
        return name.module().equals("torch")
                && name.name()
                        .matches(
                                "(u?int|q?u?int|float|bfloat|complex|bits)[0-9].*|bool|float|double|half|long|short|int");
    }

    /** Empty for one that isn't read here. */
    static Optional<TensorType> of(PickleGlobal name) {
        return name.module().equals("torch") ? Optional.ofNullable(TYPES.get(name.name())) : Optional.empty();
    }
}
