/** Training runs that a server shows, while they train, too. */
package org.diffusion4j.server.run;
