package org.diffusion4j.spark.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.diffusion4j.spark.data.ImageColumn;
import org.diffusion4j.training.evaluate.Evaluator;
import scala.Tuple2;

/**
 * Pictures in the rows of a data set, with a class in the column {@code label} if there is one. Rows are sorted by their names
 * first, as their order may be any.
 */
record RowPictures(Dataset<Row> rows) implements JudgedPictures {
    private static final String LABEL = "label";

    @Override
    public NamedPicture any() {
        return picture(rows.first(), ImageColumn.of(rows.schema()), label());
    }

    /** The index of the column; -1 if there is none. */
    private int label() {
        return Arrays.asList(rows.schema().fieldNames()).indexOf(LABEL);
    }

    @Override
    public JavaRDD<PictureChunk> chunks() {
        ImageColumn column = ImageColumn.of(rows.schema());
        int label = label();
        String order = column.name() < 0 ? "image.origin" : rows.schema().fieldNames()[column.name()];
        return rows.orderBy(order)
                .javaRDD()
                .zipWithIndex()
                .mapToPair(row -> new Tuple2<>(row._2() / Evaluator.CHUNK, row))
                .groupByKey()
                .map(chunk -> {
                    List<Tuple2<Row, Long>> sorted = new ArrayList<>();
                    chunk._2().forEach(sorted::add);
                    sorted.sort(Comparator.comparing(Tuple2::_2));
                    List<NamedPicture> pictures = new ArrayList<>();
                    for (Tuple2<Row, Long> row : sorted) {
                        pictures.add(picture(row._1(), column, label));
                    }
                    return new PictureChunk("", chunk._1(), pictures);
                });
    }

    private static NamedPicture picture(Row row, ImageColumn column, int label) {
        return new NamedPicture(
                column.name(row),
                label < 0 || row.isNullAt(label) ? null : row.get(label).toString(),
                column.file(row));
    }
}
