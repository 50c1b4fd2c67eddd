/** The server as a servlet, for the container that a program already has. */
package org.diffusion4j.server.servlet;
