package org.diffusion4j.spark;

import java.net.URI;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.spark.api.java.JavaSparkContext;

/** This machine's files under a scheme of their own, as if they were on a distributed file system: {@code shelf:/tmp/pets}. */
public final class ShelfFileSystem extends RawLocalFileSystem {
    private static final URI ROOT = URI.create("shelf:///");

    public static void register(JavaSparkContext spark) {
        spark.hadoopConfiguration().set("fs.shelf.impl", ShelfFileSystem.class.getName());
    }

    @Override
    public String getScheme() {
        return "shelf";
    }

    @Override
    public URI getUri() {
        return ROOT;
    }
}
