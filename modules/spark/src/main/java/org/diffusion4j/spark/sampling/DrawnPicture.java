package org.diffusion4j.spark.sampling;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * A picture of a bulk sampling.
 *
 * @param index its number, from 0
 * @param label its class; null if it has none
 * @param prompt its prompt; null if it has none
 * @param seed the seed of its noise
 * @param settings what it was drawn with, as its PNG says it, too: a JSON object, sorted
 * @param png the bytes of the file
 */
record DrawnPicture(int index, Integer label, String prompt, long seed, String settings, byte[] png) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The columns of a row. */
    static final StructType SCHEMA = new StructType()
            .add("index", DataTypes.IntegerType, false)
            .add("label", DataTypes.IntegerType, true)
            .add("prompt", DataTypes.StringType, true)
            .add("seed", DataTypes.LongType, false)
            .add("settings", DataTypes.StringType, false)
            .add("png", DataTypes.BinaryType, false);

    static String json(Map<String, String> settings) {
        try {
            return JSON.writeValueAsString(new TreeMap<>(settings));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("words are JSON", e);
        }
    }

    Row row() {
        return RowFactory.create(index, label, prompt, seed, settings, png);
    }
}
