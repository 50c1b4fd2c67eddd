/** A server that draws with diffusion models, for programs and for people in a browser. */
package org.diffusion4j.server;
