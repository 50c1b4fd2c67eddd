/** What all of a server's interfaces have in common: requests, answers, faults, routes, streams of events, and who may ask. */
package org.diffusion4j.server.http;
