package org.diffusion4j.picture;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.diffusion4j.Diffusion4jException;

/**
 * Pictures edge to edge: one row per run of the same label, or nearly a square if there are no labels.
 *
 * @param picture the whole grid, which is black where a row is shorter than others
 * @param metadata what all pictures have in common, which is written into the PNG
 */
public record ImageGrid(BufferedImage picture, Map<String, String> metadata) {
    /** The largest number of pixels of a grid: 300 MB in colour. */
    public static final long MAX_PIXELS = 100_000_000;

    /** Keeps its own copy of the metadata. */
    public ImageGrid {
        metadata = Map.copyOf(metadata);
    }

    /**
     * Lays pictures out.
     *
     * @param images at least one; all of the same size and kind
     * @return the grid, not enlarged and without captions
     */
    public static ImageGrid of(List<GeneratedImage> images) {
        return builder(images).build();
    }

    /**
     * Lays pictures out, optionally enlarged or with captions.
     *
     * @param images at least one; all of the same size and kind
     * @return a builder
     */
    public static Builder builder(List<GeneratedImage> images) {
        return new Builder(images);
    }

    /** How a grid looks. */
    public static final class Builder {
        private final List<GeneratedImage> images;
        private final int width;
        private final int height;
        private int scale = 1;
        private List<String> classNames;

        private Builder(List<GeneratedImage> images) {
            this.images = List.copyOf(images);
            width = images.get(0).picture().getWidth();
            height = images.get(0).picture().getHeight();
        }

        /**
         * Enlarges the pictures.
         *
         * @param times how many pixels wide and high each pixel becomes, at least 1; the default is 1
         * @return this
         * @throws IllegalArgumentException if it is less than 1, or the grid would have more than {@link #MAX_PIXELS} pixels
         */
        public Builder scale(int times) {
            requireScale(times, images.size(), height, width);
            scale = times;
            return this;
        }

        /**
         * Writes a caption next to each row: its class, or the seed of its first picture if there are no labels.
         *
         * @param names the classes' names, in the labels' order; a class without a name is shown by its number
         * @return this
         */
        public Builder captions(List<String> names) {
            classNames = List.copyOf(names);
            return this;
        }

        /**
         * Lays the pictures out.
         *
         * @return the grid
         * @throws Diffusion4jException if captions are asked for, and Java finds no font on this machine
         */
        public ImageGrid build() {
            List<List<GeneratedImage>> rows = rows(images);
            int columns = rows.stream().mapToInt(List::size).max().orElseThrow();
            int cellHeight = height * scale;
            int cellWidth = width * scale;
            GridCaptions captions = classNames == null
                    ? GridCaptions.NONE
                    : GridCaptions.of(
                            rows.stream().map(row -> caption(row.get(0))).toList(), cellHeight);
            int rowHeight = Math.max(cellHeight, captions.lineHeight());
            BufferedImage grid = new BufferedImage(
                    captions.width() + columns * cellWidth,
                    rows.size() * rowHeight,
                    images.get(0).picture().getType());
            for (int row = 0; row < rows.size(); row++) {
                int y = row * rowHeight;
                for (int column = 0; column < rows.get(row).size(); column++) {
                    int x = captions.width() + column * cellWidth;
                    copyEnlarged(rows.get(row).get(column).picture().getRaster(), grid.getRaster(), x, y);
                }
            }
            captions.draw(grid, rowHeight);
            return new ImageGrid(grid, common());
        }

        /** Copies the stored values instead of drawing, which would convert grey between colour spaces. */
        private void copyEnlarged(Raster picture, WritableRaster grid, int left, int top) {
            int[] pixel = null;
            for (int y = 0; y < height * scale; y++) {
                for (int x = 0; x < width * scale; x++) {
                    pixel = picture.getPixel(x / scale, y / scale, pixel);
                    grid.setPixel(left + x, top + y, pixel);
                }
            }
        }

        private String caption(GeneratedImage first) {
            Integer label = first.label();
            if (label == null) {
                return "seed " + first.seed();
            }
            return label < classNames.size() ? classNames.get(label) : label.toString();
        }

        private Map<String, String> common() {
            Map<String, String> common = new HashMap<>(images.get(0).metadata());
            images.forEach(image -> common.entrySet().retainAll(image.metadata().entrySet()));
            common.put("images", Integer.toString(images.size()));
            common.put("seed", Long.toString(images.get(0).seed()));
            return common;
        }
    }

    private static List<List<GeneratedImage>> rows(List<GeneratedImage> images) {
        List<List<GeneratedImage>> rows = new ArrayList<>();
        boolean labelled = images.get(0).label() != null;
        int columns = (int) Math.ceil(Math.sqrt(images.size()));
        Integer label = null;
        for (int i = 0; i < images.size(); i++) {
            GeneratedImage image = images.get(i);
            boolean newRow = labelled ? !Objects.equals(label, image.label()) : i % columns == 0;
            if (i == 0 || newRow) {
                rows.add(new ArrayList<>());
            }
            label = image.label();
            rows.get(rows.size() - 1).add(image);
        }
        return rows;
    }

    /**
     * Refuses a grid that would be too large. This can be called before the pictures are drawn.
     *
     * @param scale how many pixels wide and high each pixel becomes
     * @param images the number of pictures
     * @param height the height of a picture, in pixels
     * @param width the width of a picture, in pixels
     * @throws IllegalArgumentException if scale is less than 1, or the grid would have more than {@link #MAX_PIXELS} pixels
     */
    public static void requireScale(int scale, int images, int height, int width) {
        if (scale < 1) {
            throw new IllegalArgumentException("scale: expected at least 1, found " + scale);
        }
        double pixels = (double) images * height * width * scale * scale;
        if (pixels > MAX_PIXELS) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "scale: expected a grid of at most %,d pixels, found %,.0f (%d pictures of %dx%d, %d times as large)",
                    MAX_PIXELS,
                    pixels,
                    images,
                    width,
                    height,
                    scale));
        }
    }

    /**
     * Writes the grid completely or not at all. The same grid and metadata give the same bytes.
     *
     * @param file the file to write, which is replaced if it exists
     * @throws Diffusion4jException if it can't be written
     */
    public void writePng(Path file) {
        PngFile.write(picture, metadata, file);
    }
}
