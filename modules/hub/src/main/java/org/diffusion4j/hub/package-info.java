/**
 * Fetches files of models from the Hugging Face hub into the cache that Python's libraries use, so that nothing is fetched
 * twice; and says what is in that cache.
 */
package org.diffusion4j.hub;
