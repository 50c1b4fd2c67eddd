/** Networks as ONNX files. */
package org.diffusion4j.weights.onnx;
