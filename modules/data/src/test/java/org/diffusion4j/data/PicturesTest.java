package org.diffusion4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.datavec.api.io.labels.ParentPathLabelGenerator;
import org.datavec.api.records.reader.impl.collection.CollectionRecordReader;
import org.datavec.api.split.CollectionInputSplit;
import org.datavec.api.split.FileSplit;
import org.datavec.api.writable.DoubleWritable;
import org.datavec.api.writable.NDArrayWritable;
import org.datavec.api.writable.Text;
import org.datavec.api.writable.Writable;
import org.datavec.image.recordreader.ImageRecordReader;
import org.datavec.image.transform.WarpImageTransform;
import org.diffusion4j.Diffusion4jException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.adapter.MultiDataSetIteratorAdapter;
import org.nd4j.linalg.dataset.api.iterator.TestDataSetIterator;
import org.nd4j.linalg.factory.Nd4j;

class PicturesTest {
    @TempDir
    Path folder;

    private static PictureBatch all(PictureSource source) {
        try (BatchStream batches = source.batches(source.size(), 1, 0)) {
            return batches.next();
        }
    }

    /** What picture i of a source is in its batch. */
    private static INDArray picture(PictureBatch batch, int i) {
        return batch.sample().slice(batch.names().indexOf(String.valueOf(i)));
    }

    private static long label(PictureBatch batch, int i) {
        return batch.labels().getLong(batch.names().indexOf(String.valueOf(i)));
    }

    private File twoClasses() throws IOException {
        return Broken.folder(
                        folder,
                        Map.of(
                                "1/a.png",
                                Broken.file("good/plain.png"),
                                "2/b.bmp",
                                Broken.file("good/bitmap.bmp"),
                                "2/c.png",
                                Broken.file("good/plain.png")))
                .toFile();
    }

    @Test
    void imageRecordReadersColoursAreTurnedToRedFirst() throws Exception {
        ImageRecordReader reader = new ImageRecordReader(48, 64, 3, new ParentPathLabelGenerator());
        reader.initialize(new FileSplit(twoClasses()));
        PictureSource pictures = Pictures.of(reader);
        assertEquals(List.of("1", "2"), pictures.classNames());
        PictureBatch batch = all(pictures);
        PictureBatch ours =
                all(PictureFolder.open(folder, PictureOptions.builder(48, 64).build()));
        int plain = ours.names().indexOf("1/a.png");
        for (int i = 0; i < 3; i++) {
            assertEquals(ours.sample().slice(plain), picture(batch, i));
        }
        assertEquals(2, batch.labels().sumNumber().intValue());
    }

    @Test
    void splitsAreReadLikeFolders() throws Exception {
        PictureOptions options = PictureOptions.builder(24, 24).build();
        twoClasses();
        PictureFolder expected = PictureFolder.open(folder, options);
        PictureFolder found = Pictures.of(new FileSplit(folder.toFile()), options);
        assertEquals(expected.classNames(), found.classNames());
        assertEquals(all(expected).names(), all(found).names());
        assertEquals(all(expected).sample(), all(found).sample());
        PictureFolder listed = Pictures.of(
                new CollectionInputSplit(List.of(
                        folder.resolve("1/a.png").toUri(),
                        folder.resolve("2/b.bmp").toUri())),
                options);
        assertEquals(2, listed.size());
        assertEquals(List.of("1", "2"), listed.classNames());
    }

    @Test
    void recordsOfNumbersHaveTheFormatsShape() {
        List<List<Writable>> records = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            List<Writable> record = new ArrayList<>();
            for (int k = 0; k < 6; k++) {
                record.add(new DoubleWritable((i + k) / 10.0));
            }
            record.add(new Text(i == 1 ? "b" : "a"));
            records.add(record);
        }
        PictureSource pictures = Pictures.of(
                new CollectionRecordReader(records), PixelFormat.unit().withShape(1, 2, 3));
        assertEquals(List.of("a", "b"), pictures.classNames());
        PictureBatch batch = all(pictures);
        assertArrayEquals(new long[] {3, 1, 2, 3}, batch.sample().shape());
        assertEquals(0.4f, picture(batch, 2).getFloat(0, 1, 2), 1e-6);
        assertEquals(1, label(batch, 1));
        assertEquals(0, label(batch, 2));
    }

    @Test
    void recordsOfArraysMayBeBlueFirstAndChannelsLast() {
        INDArray picture = Nd4j.createFromArray(0f, 127.5f, 255f, 51f, 51f, 51f).reshape(1, 2, 3);
        PictureSource pictures = Pictures.of(
                new CollectionRecordReader(List.of(List.of(new NDArrayWritable(picture)))),
                PixelFormat.bytes().withBgr().withChannelsLast());
        PictureBatch batch = all(pictures);
        assertNull(batch.labels());
        assertArrayEquals(new long[] {1, 3, 1, 2}, batch.sample().shape());
        assertArrayEquals(
                new float[] {1, -0.6f, 0, -0.6f, -1, -0.6f},
                batch.sample().data().asFloat(),
                1e-6f);
    }

    @Test
    void iteratorsOneHotRowsAreClasses() {
        INDArray features = Nd4j.linspace(-1, 1, 40)
                .castTo(org.nd4j.linalg.api.buffer.DataType.FLOAT)
                .reshape(5, 8);
        INDArray labels = Nd4j.zeros(5, 4);
        for (int i = 0; i < 5; i++) {
            labels.putScalar(i, i % 3, 1);
        }
        TestDataSetIterator iterator = new TestDataSetIterator(new DataSet(features, labels), 2);
        PixelFormat format = PixelFormat.signed().withShape(1, 4, 2);
        PictureSource single = Pictures.of(iterator, format);
        PictureSource multi = Pictures.of(new MultiDataSetIteratorAdapter(iterator), format);
        assertEquals(5, single.size());
        assertEquals(List.of("0", "1", "2", "3"), single.classNames());
        PictureBatch batch = all(single);
        for (int i = 0; i < 5; i++) {
            assertArrayEquals(
                    features.getRow(i).toFloatVector(),
                    picture(batch, i).dup().data().asFloat());
            assertEquals(i % 3, label(batch, i));
        }
        assertEquals(batch.sample(), all(multi).sample());
        assertEquals(batch.labels(), all(multi).labels());
    }

    @Test
    void whatIsNoPictureIsAnErrorThatSaysWhich() {
        DataSet wide = new DataSet(Nd4j.ones(2, 1, 2, 2).mul(200), Nd4j.zeros(2, 1));
        Diffusion4jException range = assertThrows(
                Diffusion4jException.class, () -> Pictures.of(new TestDataSetIterator(wide, 1), PixelFormat.unit()));
        assertTrue(
                range.getMessage().contains("picture 0: expected values from 0.0 to 1.0, found 200.0"),
                range.getMessage());
        DataSet flat = new DataSet(Nd4j.ones(2, 9), Nd4j.zeros(2, 1));
        assertThrows(
                Diffusion4jException.class, () -> Pictures.of(new TestDataSetIterator(flat, 1), PixelFormat.unit()));
        assertThrows(
                Diffusion4jException.class,
                () -> Pictures.of(
                        new TestDataSetIterator(flat, 1), PixelFormat.unit().withShape(1, 2, 4)));
        DataSet soft = new DataSet(Nd4j.ones(2, 1, 2, 2), Nd4j.ones(2, 3).div(3));
        assertThrows(
                Diffusion4jException.class, () -> Pictures.of(new TestDataSetIterator(soft, 1), PixelFormat.unit()));
        assertThrows(
                Diffusion4jException.class,
                () -> Pictures.of(new CollectionRecordReader(List.of()), PixelFormat.unit()));
        assertThrows(IllegalArgumentException.class, () -> PixelFormat.unit().withShape(2, 4, 4));
    }

    @Test
    void readersTransformsLeaveTheNoiseAlone() throws Exception {
        ImageRecordReader reader = new ImageRecordReader(
                24,
                24,
                3,
                new ParentPathLabelGenerator(),
                new org.datavec.image.transform.PipelineImageTransform(
                        5, List.of(new org.nd4j.common.primitives.Pair<>(new WarpImageTransform(2), 0.5)), false));
        reader.initialize(new FileSplit(twoClasses()));
        Nd4j.getRandom().setSeed(77);
        float[] expected = Nd4j.randn(1, 8).toFloatVector();
        Nd4j.getRandom().setSeed(77);
        assertEquals(3, Pictures.of(reader).size());
        assertArrayEquals(expected, Nd4j.randn(1, 8).toFloatVector());
    }
}
