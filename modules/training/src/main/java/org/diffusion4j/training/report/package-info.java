/** The page that a run writes, with its curves, pictures and settings. */
package org.diffusion4j.training.report;
