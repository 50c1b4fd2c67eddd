/** What people copy: one file, one main, one command each ({@code examples/run NAME}). */
package org.diffusion4j.examples;
