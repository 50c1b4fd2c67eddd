/**
 * Adapters: small files that change a model's weights. They are read in the forms of diffusers, PEFT, kohya and LyCORIS, applied to a
 * model's weights, and written in PEFT's and kohya's form.
 */
package org.diffusion4j.weights.lora;
