/**
 * Models by name and from folders. An entry, such as {@link org.diffusion4j.zoo.DdpmMnist}, is a model of Deeplearning4j's
 * zoo; its {@link org.diffusion4j.zoo.PackedZooModel#pipeline} draws.
 */
package org.diffusion4j.zoo;
