package org.diffusion4j.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PictureBucketsTest {
    private static final int STEP = 4;

    @TempDir
    private Path folder;

    private PictureOptionsBuilder options() {
        return PictureOptions.builder(8, 8).bucketStep(STEP).threads(2);
    }

    /** Pictures of three shapes: 5 of 16x16, 3 of 40x10 and 2 of 9x30. */
    private PictureFolder open(PictureOptionsBuilder options) throws IOException {
        draw("square", 5, 16, 16);
        draw("wide", 3, 40, 10);
        draw("tall", 2, 9, 30);
        return PictureFolder.open(folder, options.build());
    }

    private void draw(String name, int count, int width, int height) throws IOException {
        for (int i = 0; i < count; i++) {
            BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
            for (int p = 0; p < width * height; p++) {
                image.setRGB(p % width, p / width, 0x010101 * (p % width * 5 + 20 * i));
            }
            ImageIO.write(image, "png", folder.resolve(name + i + ".png").toFile());
        }
    }

    private static List<PictureBatch> batches(PictureSource source, int size, long first, int count) {
        List<PictureBatch> batches = new ArrayList<>();
        try (BatchStream stream = source.batches(size, 7, first)) {
            for (int i = 0; i < count; i++) {
                batches.add(stream.next());
            }
        }
        return batches;
    }

    private static String shape(PictureBatch batch) {
        return batch.sample().size(3) + "x" + batch.sample().size(2);
    }

    @Test
    void eachPictureIsInTheBucketOfItsShape() throws IOException {
        Map<String, Integer> found = new HashMap<>();
        for (PictureFolder bucket : open(options()).buckets()) {
            found.put(bucket.width() + "x" + bucket.height(), bucket.size());
        }
        assertEquals(Map.of("16x4", 3, "8x8", 5, "4x12", 2), found);
    }

    @Test
    void aBatchIsOfOneBucketAndHasWhatThisBucketHasAlone() throws IOException {
        PictureFolder pictures = open(options());
        Map<String, String> shapes = Map.of("s", "8x8", "w", "16x4", "t", "4x12");
        for (PictureBatch batch : batches(pictures, 2, 0, 12)) {
            for (String name : batch.names()) {
                assertEquals(shapes.get(name.substring(0, 1)), shape(batch));
            }
        }
        // Resized to cover 16x4, which is 40x10 by 0.4, and nothing cut off: as a folder of that size has it.
        PictureFolder wide = PictureFolder.open(
                folder, PictureOptions.builder(4, 16).threads(1).build());
        float[] expected = batches(wide, 10, 0, 1).get(0).sample().data().asFloat();
        int place = batches(wide, 10, 0, 1).get(0).names().indexOf("wide1.png");
        PictureBatch batch = batches(pictures, 1, 0, 20).stream()
                .filter(each -> each.names().get(0).equals("wide1.png"))
                .findFirst()
                .orElseThrow();
        float[] one = new float[3 * 4 * 16];
        System.arraycopy(expected, place * one.length, one, 0, one.length);
        assertArrayEquals(one, batch.sample().data().asFloat());
    }

    @Test
    void everyPictureIsGivenOnceInEachEpochOfItsBucket() throws IOException {
        PictureFolder pictures = open(options());
        // Two pictures a batch: in two epochs the buckets give 5, 3 and 2 full batches.
        Map<String, Integer> times = new HashMap<>();
        for (PictureBatch batch : batches(pictures, 2, 0, 10)) {
            batch.names().forEach(name -> times.merge(name, 1, Integer::sum));
        }
        assertEquals(10, times.size());
        assertEquals(Set.of(2), new HashSet<>(times.values()));
        // The first epoch has 3, 2 and 1 batches, which have all pictures.
        Set<String> first = new HashSet<>();
        batches(pictures, 2, 0, 6).forEach(batch -> first.addAll(batch.names()));
        assertEquals(10, first.size());
    }

    @Test
    void bucketsWithFewerPicturesThanABatchAreSeenAsOftenAsOthers() throws IOException {
        Map<String, Integer> times = new HashMap<>();
        for (PictureBatch batch : batches(open(options()), 6, 0, 10)) { // six epochs
            batch.names().forEach(name -> times.merge(name, 1, Integer::sum));
        }
        assertEquals(10, times.size());
        assertEquals(Set.of(6), new HashSet<>(times.values()));
    }

    @Test
    void aStreamThatBeginsLaterGivesTheSameBatches() throws IOException {
        PictureFolder pictures = open(options().flip(true));
        List<PictureBatch> all = batches(pictures, 3, 0, 40);
        for (int first : new int[] {1, 7, 23}) {
            List<PictureBatch> later = batches(pictures, 3, first, 5);
            for (int i = 0; i < 5; i++) {
                assertEquals(all.get(first + i).names(), later.get(i).names());
                assertEquals(all.get(first + i).sample(), later.get(i).sample());
            }
        }
        List<PictureBatch> part = new ArrayList<>();
        try (BatchStream stream = pictures.batches(3, 7, new BatchNumbers(2, 2, 5))) {
            for (int i = 0; i < 4; i++) {
                part.add(stream.next());
            }
        }
        assertEquals(all.get(8).names(), part.get(3).names());
    }

    @Test
    void theOrderIsAnotherInEachEpochAndWithAnotherSeed() {
        List<List<Integer>> epochs = new ArrayList<>();
        for (long seed : new long[] {1, 2}) {
            BucketOrder order = new BucketOrder(List.of(8, 6, 10), 2, seed);
            for (int epoch = 0; epoch < 2; epoch++) {
                List<Integer> buckets = new ArrayList<>();
                for (int i = 0; i < 12; i++) {
                    buckets.add(order.at(12L * epoch + i).bucket());
                }
                assertEquals(4, Collections.frequency(buckets, 0));
                assertEquals(3, Collections.frequency(buckets, 1));
                epochs.add(buckets);
            }
        }
        assertEquals(4, new HashSet<>(epochs).size(), epochs.toString());
    }

    @Test
    void aFarBatchIsFoundAtOnce() {
        BucketOrder order = new BucketOrder(List.of(1, 1000, 70), 64, 3);
        BucketOrder.Place place = order.at(1_000_000_000_000L);
        assertEquals(place, new BucketOrder(List.of(1, 1000, 70), 64, 3).at(1_000_000_000_000L));
        double share = List.of(1, 1000, 70).get(place.bucket()) / 1071.0;
        assertEquals(share * 1e12, (double) place.number(), 2000);
    }

    @Test
    void whatWasCutOffIsKnown() throws IOException {
        PictureFolder pictures = open(options());
        Map<String, Framing> framings = new HashMap<>();
        pictures.buckets().forEach(bucket -> framings.putAll(bucket.framings()));
        assertEquals(framings, pictures.framings());
        assertEquals(new Framing(16, 16, 0, 0), framings.get("square3.png"));
        // 9x30 is resized to 4x13 for 4x12: half a row at its top, rounded to even.
        assertEquals(new Framing(9, 30, 0, 0), framings.get("tall0.png"));
        PictureFolder square =
                PictureFolder.open(folder, PictureOptions.builder(8, 8).build());
        // 40x10 to 32x8: 12 columns at either side.
        assertEquals(new Framing(40, 10, 12, 0), square.framings().get("wide0.png"));
        assertTrue(PictureFolder.open(
                        folder, options().crop(PictureOptions.Crop.RANDOM).build())
                .framings()
                .isEmpty());
    }

    @Test
    void otherBucketsAreAnotherDescription() throws IOException {
        assertNotEquals(
                open(options()).description(), open(options().bucketStep(2)).description());
        assertNotEquals(
                open(options()).description(), open(options().bucketStep(0)).description());
        assertEquals(1, open(options().bucketStep(0)).buckets().size());
    }
}
