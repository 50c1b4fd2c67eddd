/** The page that a run leaves, with its curves, pictures and settings. */
package org.diffusion4j.training.report;
