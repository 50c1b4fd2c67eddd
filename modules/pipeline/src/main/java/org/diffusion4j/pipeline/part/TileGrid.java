package org.diffusion4j.pipeline.part;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.diffusion4j.pipeline.UnfinishedArrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Where tiles lie, and how their results become one.
 *
 * @param size a tile's height and width; those at the right and bottom may be smaller
 * @param step from one tile to the next
 * @param blend how many rows and columns of two results are mixed
 * @param kept how many rows and columns of a result are kept, after mixing
 */
record TileGrid(int size, int step, int blend, int kept) {
    /** The place of a tile. */
    private record Place(int row, int column) {}

    /** Whether a picture is larger than a tile. */
    boolean cuts(INDArray whole) {
        return whole.size(2) > size || whole.size(3) > size;
    }

    /**
     * Runs a network tile by tile, as diffusers does: each result is mixed with the one above and then with the one at its
     * left, which have been mixed with their own neighbours before.
     *
     * @param whole [N, C, H, W]
     * @param network gives the results of tiles of equal size, in their order; it gets all tiles of a size at once
     * @return the tiles' results as one
     */
    INDArray run(INDArray whole, UnaryOperator<List<INDArray>> network) {
        INDArray[][] results = new INDArray[count(whole.size(2))][count(whole.size(3))];
        try (UnfinishedArrays all = new UnfinishedArrays()) {
            bySize(whole).values().forEach(places -> {
                List<INDArray> tiles =
                        places.stream().map(place -> tile(whole, place)).toList();
                try {
                    List<INDArray> done = network.apply(tiles);
                    for (int i = 0; i < done.size(); i++) {
                        results[places.get(i).row()][places.get(i).column()] = all.add(done.get(i));
                    }
                } finally {
                    tiles.forEach(INDArray::close);
                }
            });
            return joined(results);
        }
    }

    private int count(long length) {
        return Math.toIntExact((length + step - 1) / step);
    }

    private Map<List<Long>, List<Place>> bySize(INDArray whole) {
        Map<List<Long>, List<Place>> places = new LinkedHashMap<>();
        for (int row = 0; row < count(whole.size(2)); row++) {
            for (int column = 0; column < count(whole.size(3)); column++) {
                List<Long> size = List.of(
                        end(row, whole.size(2)) - (long) row * step, end(column, whole.size(3)) - (long) column * step);
                places.computeIfAbsent(size, any -> new ArrayList<>()).add(new Place(row, column));
            }
        }
        return places;
    }

    private long end(int index, long length) {
        return Math.min((long) index * step + size, length);
    }

    private INDArray tile(INDArray whole, Place place) {
        return whole.get(
                        all(),
                        all(),
                        interval((long) place.row() * step, end(place.row(), whole.size(2))),
                        interval((long) place.column() * step, end(place.column(), whole.size(3))))
                .dup('c');
    }

    private INDArray joined(INDArray[][] tiles) {
        INDArray[] rows = new INDArray[tiles.length];
        for (int i = 0; i < tiles.length; i++) {
            INDArray[] kept = new INDArray[tiles[i].length];
            for (int j = 0; j < tiles[i].length; j++) {
                if (i > 0) {
                    mix(tiles[i - 1][j], tiles[i][j], 2);
                }
                if (j > 0) {
                    mix(tiles[i][j - 1], tiles[i][j], 3);
                }
                INDArray tile = tiles[i][j];
                kept[j] = tile.get(
                        all(),
                        all(),
                        interval(0, Math.min(this.kept, tile.size(2))),
                        interval(0, Math.min(this.kept, tile.size(3))));
            }
            rows[i] = Nd4j.concat(3, kept);
        }
        INDArray joined = Nd4j.concat(2, rows);
        return rows.length == 1 ? joined.dup('c') : joined; // of one, ND4J gives that itself
    }

    /** Fades the end of a tile into the beginning of the next one, which is changed, along a dimension. */
    private void mix(INDArray before, INDArray tile, int dimension) {
        int extent = (int) Math.min(blend, Math.min(before.size(dimension), tile.size(dimension)));
        for (int i = 0; i < extent; i++) {
            double share = (double) i / extent;
            INDArray end = line(before, dimension, before.size(dimension) - extent + i);
            INDArray begin = line(tile, dimension, i);
            begin.muli(share).addi(end.mul(1 - share));
        }
    }

    private static INDArray line(INDArray tile, int dimension, long index) {
        return dimension == 2
                ? tile.get(all(), all(), point(index), all())
                : tile.get(all(), all(), all(), point(index));
    }
}
