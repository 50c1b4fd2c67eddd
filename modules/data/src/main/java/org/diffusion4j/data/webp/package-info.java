/** Decodes WebP, lossy by RFC 6386 and lossless by RFC 9649, within limits that are known before anything is decoded. */
package org.diffusion4j.data.webp;
