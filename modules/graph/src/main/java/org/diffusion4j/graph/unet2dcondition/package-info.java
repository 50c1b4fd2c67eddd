/** The U-Net that reads a text: diffusers' {@code UNet2DConditionModel}, the network of Stable Diffusion and its relatives. */
package org.diffusion4j.graph.unet2dcondition;
