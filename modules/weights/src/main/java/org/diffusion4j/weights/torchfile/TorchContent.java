package org.diffusion4j.weights.torchfile;

import java.util.Map;

/**
 * What a torch file holds.
 *
 * @param format how it is laid out
 * @param top the pickle's value
 * @param storages the bytes to which its tensors refer, by the storages' keys
 */
record TorchContent(TorchFormat format, Object top, Map<String, StorageBytes> storages) {}
