/** Pictures by networks of guided-diffusion, and by the gradients of its classifiers. */
package org.diffusion4j.pipeline.adm;
