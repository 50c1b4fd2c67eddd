/** How good a model is: its pictures beside real ones, in the eyes of a classifier. */
package org.diffusion4j.training.evaluate;
