package org.diffusion4j.spark.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;

/** Spark on this machine: in this JVM, or with executors in JVMs of their own. */
final class Clusters {
    private Clusters() {}

    static JavaSparkContext threads(int count) {
        return new JavaSparkContext(conf("local[" + count + "]"));
    }

    /**
     * Executors with a core each.
     *
     * @param home becomes what the executors' starter takes for an installed Spark
     */
    static JavaSparkContext executors(int count, int megabytes, Path home) throws IOException {
        Files.createDirectories(home.resolve("jars"));
        System.setProperty("spark.testing", "true");
        System.setProperty("spark.test.home", home.toString());
        String scala =
                SparkContext.class.getResource("SparkContext.class").toString().contains("_2.12") ? "2.12" : "2.13";
        return new JavaSparkContext(SparkTraining.quicker(conf("local-cluster[" + count + ",1," + megabytes + "]")
                .set("spark.executorEnv.SPARK_SCALA_VERSION", scala)
                .set("spark.executorEnv.OMP_WAIT_POLICY", "PASSIVE")
                .set("spark.executor.memory", megabytes + "m")
                .set("spark.executor.extraClassPath", System.getProperty("java.class.path"))
                .set(
                        "spark.executor.extraJavaOptions",
                        "--add-exports java.base/sun.nio.ch=ALL-UNNAMED --add-modules jdk.incubator.vector -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
                                + " -Dorg.bytedeco.javacpp.maxbytes=2g")
                // A lost executor's blocks aren't asked for again and again.
                .set("spark.shuffle.io.maxRetries", "0")));
    }

    private static SparkConf conf(String master) {
        return new SparkConf()
                .setMaster(master)
                .setAppName("diffusion4j")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "localhost")
                .set("spark.driver.bindAddress", "127.0.0.1");
    }

    /** Kills one of this JVM's children, which are executors. */
    static boolean killOne() {
        List<ProcessHandle> executors = ProcessHandle.current().children().toList();
        return !executors.isEmpty() && executors.get(0).destroyForcibly();
    }

    static void stop(JavaSparkContext spark) {
        spark.close();
        System.clearProperty("spark.testing");
        System.clearProperty("spark.test.home");
    }
}
