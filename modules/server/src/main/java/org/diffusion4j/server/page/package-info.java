/** The page for people with a browser: an HTML file, its style and its script, which need nothing else. */
package org.diffusion4j.server.page;
