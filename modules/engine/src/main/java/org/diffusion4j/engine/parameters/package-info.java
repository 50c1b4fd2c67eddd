/** The parameters of a network and their gradients, each as one array. */
package org.diffusion4j.engine.parameters;
