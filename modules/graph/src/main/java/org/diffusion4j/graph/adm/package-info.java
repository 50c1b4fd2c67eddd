/** The networks of OpenAI's guided-diffusion: Dhariwal and Nichol 2021 (arXiv:2105.05233). */
package org.diffusion4j.graph.adm;
