package org.diffusion4j.examples;

import java.io.IOException;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.spark.sampling.BulkOutput;
import org.diffusion4j.spark.sampling.BulkSummary;
import org.diffusion4j.spark.sampling.SparkSampling;

/**
 * Draws many digits on all cores of this machine, as a cluster would: {@code examples/run SparkBulkSampling [FOLDER [IMAGES]]}. A folder
 * of a run that was ended is finished.
 */
public final class SparkBulkSampling {
    private SparkBulkSampling() {}

    /**
     * Draws PNGs.
     *
     * @param arguments the folder, digits if it isn't given; the number of images, 200 if it isn't
     * @throws IOException if Spark can't be closed
     */
    public static void main(String[] arguments) throws IOException {
        String folder = arguments.length > 0 ? arguments[0] : "digits";
        int images = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 200;

        try (SparkSession spark = SparkSession.builder()
                .appName("SparkBulkSampling")
                .master("local[*]")
                .config("spark.ui.enabled", "false")
                .getOrCreate()) {
            spark.sparkContext().setLogLevel("WARN");
            SampleRequest request = SampleRequest.images(images)
                    .spread(List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9))
                    .seed(1)
                    .build();
            BulkSummary summary = SparkSampling.of("ddpm-mnist", request)
                    .build()
                    .write(spark, new BulkOutput(folder, BulkOutput.Format.PNG, 20, true));
            System.out.println(
                    summary.images() + " digits in " + folder + ", " + summary.drawn() + " of them drawn now");
        }
    }
}
