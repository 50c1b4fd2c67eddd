/**
 * Draws pictures of prompts with models of the Stable Diffusion family: {@link
 * org.diffusion4j.pipeline.prompt.PromptPipeline} does what a {@link org.diffusion4j.pipeline.prompt.PromptRequest} asks for.
 */
package org.diffusion4j.pipeline.prompt;
