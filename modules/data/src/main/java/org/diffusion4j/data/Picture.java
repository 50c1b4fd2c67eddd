package org.diffusion4j.data;

/**
 * Decoded pixels.
 *
 * @param width the width in pixels
 * @param height the height in pixels
 * @param channels 1 for grey, 3 for red, green and blue
 * @param data one byte per value, row by row, with the channels of a pixel together; the array may be longer
 */
record Picture(int width, int height, int channels, byte[] data) {

    /** Converts grey to RGB by repetition, and RGB to grey by ITU-R 601 in 16-bit fixed point, as Pillow's mode L does. */
    Picture withChannels(int wanted) {
        if (wanted == channels) {
            return this;
        }
        int pixels = width * height;
        byte[] out = new byte[pixels * wanted];
        for (int i = 0; i < pixels; i++) {
            if (wanted == 3) {
                out[3 * i] = out[3 * i + 1] = out[3 * i + 2] = data[i];
            } else {
                out[i] = (byte) luma(data[3 * i] & 255, data[3 * i + 1] & 255, data[3 * i + 2] & 255);
            }
        }
        return new Picture(width, height, wanted, out);
    }

    static int luma(int red, int green, int blue) {
        return (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16;
    }

    /** Cuts out a part. */
    Picture window(int left, int top, int windowWidth, int windowHeight) {
        if (windowWidth == width && windowHeight == height && data.length == width * height * channels) {
            return this;
        }
        byte[] out = new byte[windowWidth * windowHeight * channels];
        int row = windowWidth * channels;
        for (int y = 0; y < windowHeight; y++) {
            System.arraycopy(data, ((top + y) * width + left) * channels, out, y * row, row);
        }
        return new Picture(windowWidth, windowHeight, channels, out);
    }

    /**
     * Turns the picture upright.
     *
     * @param orientation EXIF's orientation, 1 to 8; any other number counts as 1
     */
    Picture upright(int orientation) {
        if (orientation < 2 || orientation > 8) {
            return this;
        }
        boolean turned = orientation >= 5;
        int outWidth = turned ? height : width;
        int outHeight = turned ? width : height;
        byte[] out = new byte[width * height * channels];
        for (int y = 0; y < outHeight; y++) {
            for (int x = 0; x < outWidth; x++) {
                int fromX =
                        switch (orientation) {
                            case 2, 3 -> width - 1 - x;
                            case 4 -> x;
                            case 5, 6 -> y;
                            default -> width - 1 - y;
                        };
                int fromY =
                        switch (orientation) {
                            case 2 -> y;
                            case 3, 4 -> height - 1 - y;
                            case 5, 8 -> x;
                            default -> height - 1 - x;
                        };
                System.arraycopy(
                        data, (fromY * width + fromX) * channels, out, (y * outWidth + x) * channels, channels);
            }
        }
        return new Picture(outWidth, outHeight, channels, out);
    }
}
