/** Files: written beside and renamed, told apart by their first bytes, and JSON. */
package org.diffusion4j.weights.file;
