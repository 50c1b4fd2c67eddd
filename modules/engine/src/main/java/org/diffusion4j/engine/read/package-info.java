/** SameDiff's ops to ours, family by family. */
package org.diffusion4j.engine.read;
