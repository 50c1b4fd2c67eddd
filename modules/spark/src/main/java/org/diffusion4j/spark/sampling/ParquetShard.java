package org.diffusion4j.spark.sampling;

import java.io.IOException;
import java.util.Iterator;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;

/**
 * Writes a Parquet file with the columns of a {@linkplain DrawnPicture#SCHEMA row}. Spark's own writer names and divides files by its
 * tasks, and commits all of a job or nothing.
 */
final class ParquetShard {
    private static final MessageType SCHEMA = Types.buildMessage()
            .required(PrimitiveTypeName.INT32)
            .named("index")
            .optional(PrimitiveTypeName.INT32)
            .named("label")
            .optional(PrimitiveTypeName.BINARY)
            .as(LogicalTypeAnnotation.stringType())
            .named("prompt")
            .required(PrimitiveTypeName.INT64)
            .named("seed")
            .required(PrimitiveTypeName.BINARY)
            .as(LogicalTypeAnnotation.stringType())
            .named("settings")
            .required(PrimitiveTypeName.BINARY)
            .named("png")
            .named("picture");

    private ParquetShard() {}

    static void write(FileSystem files, Path file, Iterator<DrawnPicture> pictures) throws IOException {
        // A PNG is compressed already.
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(
                        HadoopOutputFile.fromPath(file, files.getConf()))
                .withType(SCHEMA)
                .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
                .withDictionaryEncoding("png", false)
                .build()) {
            while (pictures.hasNext()) {
                writer.write(group(pictures.next()));
            }
        }
    }

    private static Group group(DrawnPicture picture) {
        Group group = new SimpleGroup(SCHEMA);
        group.add("index", picture.index());
        if (picture.label() != null) {
            group.add("label", picture.label().intValue());
        }
        if (picture.prompt() != null) {
            group.add("prompt", picture.prompt());
        }
        group.add("seed", picture.seed());
        group.add("settings", picture.settings());
        group.add("png", Binary.fromConstantByteArray(picture.png()));
        return group;
    }
}
