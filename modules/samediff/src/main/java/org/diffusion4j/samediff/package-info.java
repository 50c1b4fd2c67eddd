/** Reads a SameDiff graph: which ops make a variable, in which order, and with which arguments. */
package org.diffusion4j.samediff;
