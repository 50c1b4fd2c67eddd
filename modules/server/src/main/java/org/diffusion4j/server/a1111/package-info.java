/** The interface of AUTOMATIC1111's web interface, {@code /sdapi/v1}, as far as Open WebUI, SillyTavern and their like call it. */
package org.diffusion4j.server.a1111;
