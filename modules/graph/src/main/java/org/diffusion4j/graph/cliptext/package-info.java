/** CLIP's text encoder: Radford et al. 2021 (arXiv:2103.00020), as transformers has it. */
package org.diffusion4j.graph.cliptext;
