/** A run of training and the folder that it leaves: it can be stopped, killed and gone on with. */
package org.diffusion4j.training.run;
