package org.diffusion4j.weights.torchfile;

/**
 * A storage as a pickle names it, or a part of one, as the first releases of PyTorch wrote them.
 *
 * @param key the name by which its bytes are found in the file
 * @param type its class
 * @param wholeLength the number of elements of the whole storage
 * @param first where it begins in the whole storage, in elements
 * @param length its number of elements
 */
record TorchStorage(String key, StorageType type, long wholeLength, long first, long length) {
    /** The whole storage's size, which is checked to be possible before it is made. */
    long wholeBytes() {
        return wholeLength * type.elementBytes();
    }
}
