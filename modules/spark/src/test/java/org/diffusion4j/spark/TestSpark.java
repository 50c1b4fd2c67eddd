package org.diffusion4j.spark;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;

/** Spark without an installation: in this JVM, or with executors in JVMs of their own. A JVM has one at a time. */
public final class TestSpark {
    private TestSpark() {}

    /** @return two threads of this JVM */
    public static SparkSession local() {
        return quiet(SparkSession.builder().master("local[2]")).getOrCreate();
    }

    /**
     * Starts executors of one core each, with this JVM's class path.
     *
     * @param folder where they work
     * @param executors how many
     * @param megabytes the heap of each
     * @return the session, which the caller stops
     */
    public static SparkSession cluster(Path folder, int executors, int megabytes) {
        try {
            Files.createDirectories(folder.resolve("jars")); // Spark's own jars, if this were an installation
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        System.setProperty("spark.testing", "true");
        System.setProperty("spark.test.home", folder.toString());
        String scala =
                SparkContext.class.getResource("SparkContext.class").toString().contains("_2.12") ? "2.12" : "2.13";
        SparkSession session = quiet(
                        SparkSession.builder().master("local-cluster[" + executors + ",1," + megabytes + "]"))
                .config("spark.executor.memory", megabytes + "m")
                .config("spark.executorEnv.SPARK_SCALA_VERSION", scala)
                .config("spark.executorEnv.OMP_NUM_THREADS", "1")
                .config("spark.executorEnv.OMP_WAIT_POLICY", "PASSIVE")
                .config("spark.executor.extraClassPath", classPath())
                .config(
                        "spark.executor.extraJavaOptions",
                        "--add-modules jdk.incubator.vector -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
                                + " -Dorg.bytedeco.javacpp.maxbytes=4G -Dorg.bytedeco.javacpp.maxphysicalbytes=8G")
                .getOrCreate();
        System.clearProperty("spark.testing");
        return session;
    }

    private static SparkSession.Builder quiet(SparkSession.Builder session) {
        return session.config("spark.ui.enabled", "false")
                .config("spark.sql.shuffle.partitions", "2")
                .config("spark.driver.host", "localhost")
                .config("spark.driver.bindAddress", "127.0.0.1");
    }

    /** The class path of the tests, however they were started. */
    private static String classPath() {
        return TestSpark.class.getClassLoader() instanceof URLClassLoader loader
                ? Arrays.stream(loader.getURLs())
                        .map(url -> Path.of(URI.create(url.toString())).toString())
                        .collect(Collectors.joining(File.pathSeparator))
                : System.getProperty("java.class.path");
    }

    /** @return the processes of the cluster's executors, the only ones that this JVM starts */
    public static List<ProcessHandle> executors() {
        return ProcessHandle.current().children().filter(ProcessHandle::isAlive).toList();
    }
}
