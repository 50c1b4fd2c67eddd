/** What every module shares: how it reports errors and progress. */
package org.diffusion4j;
