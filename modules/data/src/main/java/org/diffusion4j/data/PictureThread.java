package org.diffusion4j.data;

/** A thread that ends with the program. */
final class PictureThread extends Thread {
    PictureThread(Runnable work) {
        super(work, "pictures");
        setDaemon(true);
    }
}
