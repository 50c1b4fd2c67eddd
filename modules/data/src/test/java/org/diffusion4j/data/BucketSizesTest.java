package org.diffusion4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.diffusion4j.data.FittedPictures.Size;
import org.junit.jupiter.api.Test;

class BucketSizesTest {
    private static Size size(int width, int height) {
        return new Size(width, height);
    }

    /** What make_bucket_resolutions((512, 512), 256, 1024, 64) of kohya's scripts gives. */
    @Test
    void bucketsOf512PixelsAreThoseOfKohyasScripts() {
        Set<String> tall = Set.of(
                "256x832", "256x896", "256x960", "256x1024", "320x704", "320x768", "384x640", "448x576", "512x512");
        List<Size> sizes = new BucketSizes(512, 512, 64).sizes();
        assertEquals(
                tall,
                sizes.stream()
                        .filter(size -> size.width() <= size.height())
                        .map(Size::toString)
                        .collect(Collectors.toSet()));
        assertEquals(17, sizes.size());
    }

    @Test
    void theUsualSizeIsABucketAndNoneHasMorePixels() {
        List<Size> sizes = new BucketSizes(768, 512, 32).sizes();
        assertTrue(sizes.contains(size(768, 512)));
        assertTrue(sizes.contains(size(512, 768)));
        for (Size each : sizes) {
            assertTrue(each.width() * each.height() <= 768 * 512, each.toString());
            assertEquals(0, each.width() % 32 + each.height() % 32, each.toString());
        }
        assertEquals(List.of(size(8, 8)), new BucketSizes(8, 8, 64).sizes());
    }

    @Test
    void aPictureGoesWhereTheLargestPartOfItIsKept() {
        BucketSizes sizes = new BucketSizes(512, 512, 64);
        assertEquals(size(512, 512), sizes.nearest(3000, 3000));
        assertEquals(size(384, 640), sizes.nearest(2000, 3000)); // 0.6 of 2/3: 90 %; 448x576 keeps 86 %
        assertEquals(size(640, 384), sizes.nearest(3000, 2000));
        assertEquals(size(1024, 256), sizes.nearest(60000, 3));
        assertEquals(size(256, 1024), sizes.nearest(3, 60000));
    }

    @Test
    void ofBucketsThatAreAsNearTheLargestAndThenTheWidestIsTaken() {
        // 3:2 is as near to 1:1 as to 9:4
        assertEquals(List.of(size(9, 4), size(6, 6)), new BucketSizes(9, 4, 6).sizes());
        assertEquals(size(9, 4), new BucketSizes(9, 4, 6).nearest(1500, 1000));
        assertEquals(size(6, 6), new BucketSizes(4, 9, 6).nearest(1000, 1500));
        assertEquals(size(6, 6), new BucketSizes(9, 4, 6).nearest(1499, 1000));
        assertEquals(List.of(size(4, 9), size(5, 5)), new BucketSizes(4, 9, 5).sizes());
        assertEquals(size(4, 9), new BucketSizes(4, 9, 5).nearest(1000, 1500));
    }
}
