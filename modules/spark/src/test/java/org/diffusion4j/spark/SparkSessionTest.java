package org.diffusion4j.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

class SparkSessionTest {
    @Test
    void twoThreadsDivideAListBetweenThem() {
        SparkSession session = SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .getOrCreate();
        try (JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext())) {
            assertEquals(
                    List.of(2, 4, 6),
                    spark.parallelize(List.of(1, 2, 3), 2).map(each -> 2 * each).collect());
        }
    }
}
