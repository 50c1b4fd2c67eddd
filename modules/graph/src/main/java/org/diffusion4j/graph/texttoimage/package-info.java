/** A text encoder and the U-Net that reads it as one network, for training them together. */
package org.diffusion4j.graph.texttoimage;
