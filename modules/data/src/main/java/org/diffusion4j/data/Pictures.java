package org.diffusion4j.data;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.datavec.api.records.reader.RecordReader;
import org.datavec.api.split.InputSplit;
import org.datavec.api.writable.NDArrayWritable;
import org.datavec.api.writable.Text;
import org.datavec.api.writable.Writable;
import org.datavec.image.recordreader.BaseImageRecordReader;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.StoredPictures.Label;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.rng.Random;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.dataset.api.iterator.DataSetIterator;
import org.nd4j.linalg.dataset.api.iterator.MultiDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Makes pictures to train on from DataVec's and ND4J's readers. Readers and iterators are read once from beginning to end,
 * so they must be finite, and anything random about them happens only once. Values are kept as float32, on the heap up to a
 * quarter of it, and beyond in a mapped temporary file. The state of ND4J's random generator is restored.
 */
public final class Pictures {
    private Pictures() {}

    /**
     * Reads the files of a DataVec split like those of {@link PictureFolder}. The names are the paths of its locations,
     * relative to the folder that all have in common.
     *
     * @throws Diffusion4jException as for {@link PictureFolder#open}
     */
    public static PictureFolder of(InputSplit split, PictureOptions options) {
        return PictureFolder.open(SplitFiles.of(split), options);
    }

    /**
     * Reads from DataVec's image readers, whose values are 0 to 255 and whose colours have blue first.
     *
     * @param reader an initialized reader
     * @throws Diffusion4jException if the reader fails, or its pictures differ in size
     */
    public static PictureSource of(BaseImageRecordReader reader) {
        PixelFormat format = PixelFormat.bytes().withBgr();
        return of(reader, reader.isNchw_channels_first() ? format : format.withChannelsLast());
    }

    /**
     * Reads records of a picture and, optionally, a label. The picture is an array, [C, H, W] or [1, C, H, W], or C·H·W
     * numbers, whose shape the format gives. The label is a number or a text.
     *
     * @param reader an initialized reader
     * @throws Diffusion4jException if the reader fails, if its pictures differ in size, or if a record has another form
     */
    public static PictureSource of(RecordReader reader, PixelFormat format) {
        return filled(reader.getClass().getSimpleName(), format, filling -> {
            if (reader.resetSupported()) {
                reader.reset();
            }
            while (reader.hasNext()) {
                add(filling, reader.next(), format);
            }
            return names(reader::getLabels);
        });
    }

    /**
     * Reads the features as pictures. Labels are classes if they are one-hot rows, [N, K], or one number per picture;
     * labels of rank 3 or more, such as those of an autoencoder, are ignored.
     *
     * @throws Diffusion4jException if the iterator fails, if its pictures differ in size, or if labels have another form
     */
    public static PictureSource of(DataSetIterator iterator, PixelFormat format) {
        return filled(iterator.getClass().getSimpleName(), format, filling -> {
            if (iterator.resetSupported()) {
                iterator.reset();
            }
            int classes = 0;
            while (iterator.hasNext()) {
                DataSet next = iterator.next();
                filling.add(next.getFeatures(), labels(filling, next.getLabels()));
                classes = classes(next.getLabels());
            }
            return names(iterator::getLabels, classes);
        });
    }

    /**
     * Reads like from a {@link DataSetIterator}, with one array of features and at most one array of labels.
     *
     * @throws Diffusion4jException if the iterator fails, if its pictures differ in size, or if labels have another form
     */
    public static PictureSource of(MultiDataSetIterator iterator, PixelFormat format) {
        return filled(iterator.getClass().getSimpleName(), format, filling -> {
            if (iterator.resetSupported()) {
                iterator.reset();
            }
            int classes = 0;
            while (iterator.hasNext()) {
                MultiDataSet next = iterator.next();
                int labelled = next.getLabels() == null ? 0 : next.getLabels().length;
                if (next.numFeatureArrays() != 1 || labelled > 1) {
                    throw new Diffusion4jException(filling.next()
                            + ": expected one array of features and at most one of labels, found "
                            + next.numFeatureArrays() + " and " + labelled);
                }
                INDArray labels = labelled == 0 ? null : next.getLabels(0);
                filling.add(next.getFeatures(0), labels(filling, labels));
                classes = classes(labels);
            }
            return names(List::of, classes);
        });
    }

    /** Reads everything, and gives the names of the classes. */
    private interface Reading {
        List<String> into(StoredPictures.Filling filling);
    }

    private static PictureSource filled(String place, PixelFormat format, Reading reading) {
        StoredPictures.Filling filling = new StoredPictures.Filling(place, format);
        // DataVec's transforms draw from the same generator as noise.
        Random random = Nd4j.getRandom();
        long root = random.rootState();
        long node = random.nodeState();
        try {
            return filling.finish(reading.into(filling));
        } catch (Diffusion4jException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new Diffusion4jException(filling.next() + ": expected a picture, found: " + e, e);
        } finally {
            random.setStates(root, node);
            filling.close();
        }
    }

    private static void add(StoredPictures.Filling filling, List<Writable> row, PixelFormat format) {
        if (row.get(0) instanceof NDArrayWritable array) {
            INDArray picture = array.get();
            INDArray batch = picture.rank() == 3
                    ? picture.reshape(1, picture.size(0), picture.size(1), picture.size(2))
                    : picture;
            check(filling, batch.size(0) == 1 && row.size() <= 2, row);
            filling.add(batch, row.size() == 1 ? null : List.of(label(row.get(1), filling.next())));
            return;
        }
        int values = format.channels() * format.height() * format.width();
        check(filling, format.flat() && (row.size() == values || row.size() == values + 1), row);
        float[] numbers = new float[values];
        for (int i = 0; i < values; i++) {
            numbers[i] = row.get(i).toFloat();
        }
        filling.add(
                Nd4j.createFromArray(numbers).reshape(1, values),
                row.size() == values ? null : List.of(label(row.get(values), filling.next())));
    }

    private static void check(StoredPictures.Filling filling, boolean holds, List<Writable> row) {
        if (!holds) {
            throw new Diffusion4jException(filling.next()
                    + ": expected one picture, as an array or as numbers whose shape the format gives, and at most a label,"
                    + " found a record of " + row.size());
        }
    }

    private static Label label(Writable label, String place) {
        return label instanceof Text ? new Label(-1, label.toString()) : Label.of(label.toDouble(), place);
    }

    private static boolean absent(INDArray labels) {
        return labels == null || labels.isEmpty() || labels.rank() > 2;
    }

    /** The number of columns of one-hot rows; 0 for other labels. */
    private static int classes(INDArray labels) {
        return absent(labels) || labels.rank() == 1 || labels.size(1) == 1 ? 0 : (int) labels.size(1);
    }

    private static List<Label> labels(StoredPictures.Filling filling, INDArray labels) {
        if (absent(labels)) {
            return null;
        }
        int columns = Math.max(1, classes(labels));
        List<Label> all = new ArrayList<>();
        for (int i = 0; i < labels.size(0); i++) {
            if (columns == 1) {
                double number = labels.rank() == 1 ? labels.getDouble(i) : labels.getDouble(i, 0);
                all.add(Label.of(number, filling.next()));
                continue;
            }
            int hot = -1;
            for (int k = 0; k < columns; k++) {
                double value = labels.getDouble(i, k);
                if (value == 1 && hot < 0) {
                    hot = k;
                } else if (value != 0) {
                    throw new Diffusion4jException(
                            filling.next() + ": expected labels of one 1 and else 0, found " + value + " in row " + i);
                }
            }
            if (hot < 0) {
                throw new Diffusion4jException(
                        filling.next() + ": expected labels of one 1 per row, found none in " + i);
            }
            all.add(Label.of(hot, filling.next()));
        }
        return all;
    }

    private static List<String> names(Supplier<List<String>> labels) {
        try {
            List<String> names = labels.get();
            return names == null ? List.of() : names;
        } catch (UnsupportedOperationException e) {
            // The interface allows iterators without names to do this.
            return List.of();
        }
    }

    private static List<String> names(Supplier<List<String>> labels, int classes) {
        List<String> names = names(labels);
        if (classes == 0 || names.size() == classes) {
            return names;
        }
        List<String> numbers = new ArrayList<>();
        for (int i = 0; i < classes; i++) {
            numbers.add(String.valueOf(i));
        }
        return numbers;
    }
}
