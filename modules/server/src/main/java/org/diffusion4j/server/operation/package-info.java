/** What those need who run a server: whether it lives, how much it does, and who asked for what. */
package org.diffusion4j.server.operation;
