/** The command line: one file a command, which reads options, calls the library and prints. */
package org.diffusion4j.cli;
