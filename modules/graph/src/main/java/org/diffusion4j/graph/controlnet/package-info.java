/** ControlNet: the encoder of a conditional U-Net that also sees a picture, and tells the U-Net what to add. */
package org.diffusion4j.graph.controlnet;
