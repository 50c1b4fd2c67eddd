/** What a run records: its settings, the results of each step, and the pictures that were drawn. */
package org.diffusion4j.training.record;
