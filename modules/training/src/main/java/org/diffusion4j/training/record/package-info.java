/** What a run leaves in words and numbers: what it was asked for, what each step came to, the pictures that were drawn. */
package org.diffusion4j.training.record;
