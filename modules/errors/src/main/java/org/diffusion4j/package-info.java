/** What every module shares: how it says what is wrong, and how far it is. */
package org.diffusion4j;
