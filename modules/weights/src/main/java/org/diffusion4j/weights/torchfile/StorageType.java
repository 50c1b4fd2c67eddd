package org.diffusion4j.weights.torchfile;

import java.util.Optional;
import org.diffusion4j.weights.tensor.TensorType;

/** The kinds of storage that torch.save names, by the classes' names: what an element is and how many bytes it takes. */
enum StorageType {
    DoubleStorage(TensorType.F64),
    FloatStorage(TensorType.F32),
    HalfStorage(TensorType.F16),
    BFloat16Storage(TensorType.BF16),
    LongStorage(TensorType.I64),
    IntStorage(TensorType.I32),
    ShortStorage(TensorType.I16),
    CharStorage(TensorType.I8),
    ByteStorage(TensorType.U8),
    BoolStorage(TensorType.BOOL),
    ComplexFloatStorage(TensorType.C64),
    /** Only bytes: the tensor says what they are. */
    UntypedStorage(TensorType.U8),
    ComplexDoubleStorage(16),
    QInt8Storage(1),
    QUInt8Storage(1),
    QInt32Storage(4),
    QUInt4x2Storage(1),
    QUInt2x4Storage(1);

    private final TensorType element;
    private final int elementBytes;

    StorageType(TensorType element) {
        this.element = element;
        this.elementBytes = element.bits() / 8;
    }

    StorageType(int elementBytes) {
        this.element = null;
        this.elementBytes = elementBytes;
    }

    /** The elements' type; empty for one that isn't read here. */
    Optional<TensorType> element() {
        return Optional.ofNullable(element);
    }

    int elementBytes() {
        return elementBytes;
    }

    /** @param type the class, which may be that of another device */
    static Optional<StorageType> of(PickleGlobal type) {
        if (type.module().equals("torch") || type.module().startsWith("torch.")) {
            for (StorageType storage : values()) {
                if (storage.name().equals(type.name())) {
                    return Optional.of(storage);
                }
            }
        }
        return Optional.empty();
    }
}
