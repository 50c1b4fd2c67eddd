/** The command line. Each command has one file, which reads options, calls the library and prints. */
package org.diffusion4j.cli;
