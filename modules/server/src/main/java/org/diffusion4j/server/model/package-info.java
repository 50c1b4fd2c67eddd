/** Models that a server draws with: what they can, plans of what they are asked for, and their networks, in memory when needed. */
package org.diffusion4j.server.model;
