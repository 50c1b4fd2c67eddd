/**
 * Models by name and from folders, and what draws with them: {@link org.diffusion4j.zoo.DiffusionPipeline}. An entry,
 * such as {@link org.diffusion4j.zoo.DdpmMnist}, is a zoo model as Deeplearning4j knows them.
 */
package org.diffusion4j.zoo;
