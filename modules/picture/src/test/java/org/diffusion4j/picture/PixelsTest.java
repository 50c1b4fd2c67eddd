package org.diffusion4j.picture;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class PixelsTest {
    @Test
    void channelsOfAPixelStandSideBySide() {
        // One image of 2 channels, 1 row, 3 columns.
        INDArray sample = Nd4j.create(new float[] {-1, 0.6f, 1, 0.2f, -0.2f, -0.6f}, new long[] {1, 2, 1, 3}, 'c');

        byte[] bytes = Pixels.toBytes(sample)[0];

        assertArrayEquals(new byte[] {0, (byte) 153, (byte) 204, 102, (byte) 255, 51}, bytes);
    }

    @Test
    void readsViewsAndColumnMajorArraysByTheirIndices() {
        INDArray sample =
                Nd4j.linspace(-1, 1, 24).castTo(Nd4j.defaultFloatingPointType()).reshape('c', 2, 3, 2, 2);

        assertArrayEquals(Pixels.toBytes(sample), Pixels.toBytes(sample.dup('f')));
        assertArrayEquals(
                Pixels.toBytes(sample)[1], Pixels.toBytes(sample.slice(1).reshape(1, 3, 2, 2))[0]);
    }

    @Test
    void valuesOutOfRangeAreClampedAndHalvesGoToTheEvenNumber() {
        // 2·(0.5/255) − 1 is half way between 0 and 1, 0 half way between 127 and 128.
        INDArray sample = Nd4j.create(new float[] {-7, 7, 0}, new long[] {1, 1, 1, 3}, 'c');

        assertArrayEquals(new byte[] {0, (byte) 255, (byte) 128}, Pixels.toBytes(sample)[0]);
        assertArrayEquals(
                new float[] {0, 1, 0.5f}, Pixels.toUnitRange(sample).data().asFloat());
        assertEquals(-7, sample.getFloat(0));
    }

    @Test
    void nanIsNoPicture() {
        INDArray sample = Nd4j.zeros(3, 1, 2, 2);
        sample.putScalar(new long[] {1, 0, 1, 0}, Float.NaN);

        var failure = assertThrows(IllegalArgumentException.class, () -> Pixels.toBytes(sample));

        assertEquals("sample: expected numbers, found NaN in image 1 of 3", failure.getMessage());
    }

    @Test
    void aPictureHasTheChannelsOfItsSample() {
        INDArray grey = Nd4j.create(new float[] {-1, 1, -0.2f, 0.2f}, new long[] {2, 1, 1, 2}, 'c');
        BufferedImage second = Pixels.toPictures(grey).get(1);
        assertEquals(BufferedImage.TYPE_BYTE_GRAY, second.getType());
        assertArrayEquals(new int[] {102, 153}, second.getRaster().getPixels(0, 0, 2, 1, (int[]) null));

        // One image of 3 channels, 2 rows, 1 column.
        INDArray colour = Nd4j.create(new float[] {-1, 0.6f, 1, 0.2f, -0.2f, -0.6f}, new long[] {1, 3, 2, 1}, 'c');
        BufferedImage picture = Pixels.toPictures(colour).get(0);
        assertEquals(0xff00ff66, picture.getRGB(0, 0));
        assertEquals(0xffcc9933, picture.getRGB(0, 1));
    }

    @Test
    void samplesOfOtherChannelsMakeNoPictures() {
        var failure = assertThrows(IllegalArgumentException.class, () -> Pixels.toPictures(Nd4j.zeros(1, 2, 4, 4)));

        assertEquals("sample: expected 1 or 3 channels, found 2", failure.getMessage());
    }
}
