/** How many threads an engine takes, and how it waits for them. */
package org.diffusion4j.engine.parallel;
