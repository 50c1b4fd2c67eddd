/** The features of the published Fréchet inception distance: Szegedy et al. 2015 (arXiv:1512.00567), Heusel et al. 2017. */
package org.diffusion4j.training.evaluate.inception;
