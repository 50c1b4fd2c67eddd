package org.diffusion4j.kernels;

/**
 * Some rows of tiles of an image, and where Winograd's transforms have their numbers: number n of tile t is at n·plane + (tile +
 * t)·channels, where t counts from the first tile of the first row.
 *
 * @param height the height of the image
 * @param width the width of the image
 * @param channels a multiple of 16
 * @param fromRow the first row of tiles
 * @param toRow one more than the last row of tiles
 * @param tile the place of the first tile
 * @param plane the distance from one number of a tile to the next, in elements
 */
public record TileRows(int height, int width, int channels, int fromRow, int toRow, int tile, int plane) {
    /** How many tiles of some pixels are beside each other. */
    int across(int side) {
        return (width + side - 1) / side;
    }

    int tiles(int side) {
        return (toRow - fromRow) * across(side);
    }

    /** Where a number of a tile is, in bytes. */
    int at(int number, int t, int channel) {
        return 4 * (number * plane + (tile + t) * channels + channel);
    }

    /** Where a pixel of the image is, in bytes. */
    int pixel(int row, int column, int channel) {
        return 4 * ((row * width + column) * channels + channel);
    }
}
