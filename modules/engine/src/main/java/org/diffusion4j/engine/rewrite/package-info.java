/** What fuses ops: one rewrite a file, each with a picture of before and after, and the list of all in order. */
package org.diffusion4j.engine.rewrite;
