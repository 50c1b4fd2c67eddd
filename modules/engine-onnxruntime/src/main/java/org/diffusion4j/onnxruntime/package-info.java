/** Runs a SameDiff graph with ONNX Runtime, on the processor or a GPU. */
package org.diffusion4j.onnxruntime;
