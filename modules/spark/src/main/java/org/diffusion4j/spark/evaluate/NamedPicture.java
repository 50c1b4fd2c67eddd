package org.diffusion4j.spark.evaluate;

import java.io.Serializable;

/**
 * A picture to be judged.
 *
 * @param name for messages, and for its order
 * @param label the name or the number of its class; null if it has none
 * @param file the bytes of its file
 */
record NamedPicture(String name, String label, byte[] file) implements Serializable {}
