/** Low-rank branches beside a network's layers (LoRA): Hu et al. 2021 (arXiv:2106.09685). */
package org.diffusion4j.graph.lora;
