/** Networks of guided-diffusion in files of their own, which don't say what the networks are. */
package org.diffusion4j.weights.adm;
