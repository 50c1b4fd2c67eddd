/** The rewrites that fuse ops: one per file, each with a picture of before and after, and a list of all in order. */
package org.diffusion4j.engine.rewrite;
