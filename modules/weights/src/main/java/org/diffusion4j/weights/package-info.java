/** Model folders and safetensors files, to configurations and named arrays and back; networks to ONNX. */
package org.diffusion4j.weights;
