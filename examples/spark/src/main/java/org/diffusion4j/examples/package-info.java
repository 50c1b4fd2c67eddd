/** The examples that need Spark ({@code examples/run NAME}). */
package org.diffusion4j.examples;
