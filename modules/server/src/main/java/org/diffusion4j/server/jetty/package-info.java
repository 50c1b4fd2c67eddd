/** The server on Jetty: its requests, its answers, and whether its clients are still there. */
package org.diffusion4j.server.jetty;
