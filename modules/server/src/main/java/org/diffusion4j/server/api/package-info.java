/** The server's own interface: models, jobs with their events and pictures, and training runs. */
package org.diffusion4j.server.api;
