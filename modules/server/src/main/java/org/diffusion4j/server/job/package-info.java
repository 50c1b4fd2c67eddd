/** Jobs: what clients wait for, the queues in which they wait, the batches in which they are drawn, and what is kept of them. */
package org.diffusion4j.server.job;
