/** How diffusers' files write a configuration, which is a record here: its keys, words and values. */
package org.diffusion4j.config;
