/** OpenAI's interface for images: {@code /v1/images/generations}, {@code /v1/images/edits} and {@code /v1/models}. */
package org.diffusion4j.server.openai;
