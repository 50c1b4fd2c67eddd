/** WebP to pixels, within bounds that are known before anything is decoded: lossy by RFC 6386, lossless by RFC 9649. */
package org.diffusion4j.data.webp;
