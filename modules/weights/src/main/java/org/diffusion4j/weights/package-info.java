/** Model folders and safetensors files, to configurations and named arrays and back. */
package org.diffusion4j.weights;
