/** The example within Spring Boot ({@code examples/run SpringBootServer}). */
package org.diffusion4j.examples;
