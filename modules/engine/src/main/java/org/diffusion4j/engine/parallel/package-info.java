/** How many threads an engine uses, and how it waits for them. */
package org.diffusion4j.engine.parallel;
