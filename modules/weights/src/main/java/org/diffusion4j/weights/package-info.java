/** Reads and writes model folders and safetensors files as configurations and named arrays, and writes networks as ONNX. */
package org.diffusion4j.weights;
