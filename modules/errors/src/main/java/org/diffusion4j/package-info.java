/** What every module shares: the way it says what is wrong. */
package org.diffusion4j;
