/** Prompts to token ids, as the networks of text read them: {@link org.diffusion4j.text.ClipTokenizer}. */
package org.diffusion4j.text;
