package org.diffusion4j.zoo;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Pictures edge to edge: a row for each run of one label, or near a square where there are no labels.
 *
 * @param picture the whole; black where a row is shorter than others
 * @param metadata what all pictures have in common; written into the PNG
 */
public record ImageGrid(BufferedImage picture, Map<String, String> metadata) {
    /** Keeps its own copy of the metadata. */
    public ImageGrid {
        metadata = Map.copyOf(metadata);
    }

    /**
     * Lays pictures out.
     *
     * @param images at least one; all of one size and kind
     * @return the grid
     */
    public static ImageGrid of(List<GeneratedImage> images) {
        List<List<GeneratedImage>> rows = rows(images);
        BufferedImage first = images.get(0).picture();
        int columns = rows.stream().mapToInt(List::size).max().orElseThrow();
        BufferedImage grid =
                new BufferedImage(columns * first.getWidth(), rows.size() * first.getHeight(), first.getType());
        for (int row = 0; row < rows.size(); row++) {
            for (int column = 0; column < rows.get(row).size(); column++) {
                grid.getRaster()
                        .setRect(
                                column * first.getWidth(),
                                row * first.getHeight(),
                                rows.get(row).get(column).picture().getRaster());
            }
        }
        Map<String, String> common = new HashMap<>(images.get(0).metadata());
        images.forEach(image -> common.entrySet().retainAll(image.metadata().entrySet()));
        common.put("images", Integer.toString(images.size()));
        common.put("seed", Long.toString(images.get(0).seed()));
        return new ImageGrid(grid, common);
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
     * Writes the grid, whole or not at all. The same grid and metadata give the same bytes.
     *
     * @param file where to; replaced if it exists
     * @throws org.diffusion4j.Diffusion4jException if it can't be written
     */
    public void writePng(Path file) {
        PngFile.write(picture, metadata, file);
    }
}
