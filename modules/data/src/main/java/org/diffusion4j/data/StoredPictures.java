package org.diffusion4j.data;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.diffusion4j.Diffusion4jException;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Pictures that came as numbers, kept as float32. */
final class StoredPictures implements PictureSource {
    private final int channels;
    private final int height;
    private final int width;
    private final long[] places;
    private final int[] labels;
    private final List<String> classNames;
    private final PictureCache cache;

    private StoredPictures(Filling filling, int[] labels, List<String> classNames) {
        this.channels = filling.channels;
        this.height = filling.height;
        this.width = filling.width;
        this.places = filling.places.stream().mapToLong(Long::longValue).toArray();
        this.labels = labels;
        this.classNames = classNames;
        this.cache = filling.cache;
    }

    @Override
    public int size() {
        return places.length;
    }

    @Override
    public int channels() {
        return channels;
    }

    @Override
    public int height() {
        return height;
    }

    @Override
    public int width() {
        return width;
    }

    @Override
    public List<String> classNames() {
        return classNames;
    }

    @Override
    public BatchStream batches(int batchSize, long seed, long first) {
        return batches(batchSize, seed, BatchNumbers.from(first));
    }

    @Override
    public BatchStream batches(int batchSize, long seed, BatchNumbers numbers) {
        return new ParallelBatches(List.of(new ParallelBatches.Part(this, new Stored())), 1, batchSize, seed, numbers);
    }

    private final class Stored implements Drawings {
        @Override
        public void draw(int index, long random, float[] values, int offset) {
            int length = channels * height * width;
            ByteBuffer.wrap(cache.read(places[index], length * Float.BYTES))
                    .asFloatBuffer()
                    .get(values, offset, length);
        }

        @Override
        public long label(int index) {
            return labels == null ? -1 : labels[index];
        }

        @Override
        public String name(int index) {
            return String.valueOf(index);
        }
    }

    /**
     * A picture's class, as its source gives it.
     *
     * @param number its index in the class names; -1 if only its name is known
     * @param name the name of the class, or the digits of the number
     */
    record Label(int number, String name) {
        static Label of(double number, String place) {
            if (number != Math.rint(number) || number < 0 || number > Integer.MAX_VALUE) {
                throw new Diffusion4jException(
                        place + ": expected a whole number as label, 0 or more, found " + number);
            }
            return new Label((int) number, String.valueOf((int) number));
        }
    }

    /** Takes pictures one after another. */
    static final class Filling {
        private static final long BYTES_AT_ONCE = 1 << 24;

        private final String place;
        private final PixelFormat format;
        private final PictureCache cache = new PictureCache(Runtime.getRuntime().maxMemory() / 4, BYTES_AT_ONCE);
        private final List<Long> places = new ArrayList<>();
        private final List<Label> labels = new ArrayList<>();
        private int channels = -1;
        private int height;
        private int width;

        /** @param place where the pictures come from, for messages */
        Filling(String place, PixelFormat format) {
            this.place = place;
            this.format = format;
        }

        String next() {
            return place + ", picture " + places.size();
        }

        /**
         * @param pictures [N, C, H, W], or a shape that the format gives
         * @param given the N labels, or null
         */
        void add(INDArray pictures, List<Label> given) {
            long count = pictures.size(0);
            INDArray shaped = pictures;
            if (format.flat() && pictures.rank() == 2) {
                long values = (long) format.channels() * format.height() * format.width();
                if (pictures.size(1) != values) {
                    throw new Diffusion4jException(
                            next() + ": expected " + values + " values, found " + pictures.size(1));
                }
                shaped = format.channelsLast()
                        ? pictures.dup('c').reshape('c', count, format.height(), format.width(), format.channels())
                        : pictures.dup('c').reshape('c', count, format.channels(), format.height(), format.width());
            }
            if (shaped.rank() != 4) {
                throw new Diffusion4jException(next() + ": expected "
                        + (format.channelsLast() ? "[N,H,W,C]" : "[N,C,H,W]")
                        + ", or flat rows and their shape in the format, found " + pictures.shapeInfoToString());
            }
            if (format.channelsLast()) {
                shaped = shaped.permute(0, 3, 1, 2);
            }
            check(shaped);
            float[] values = shaped.castTo(DataType.FLOAT).dup('c').data().asFloat();
            int length = channels * height * width;
            for (int i = 0; i < count; i++) {
                keep(values, i * length);
                if (given != null) {
                    labels.add(given.get(i));
                }
                if (labels.size() != (labels.isEmpty() ? 0 : places.size())) {
                    throw new Diffusion4jException(place + ": expected a label for each picture or for none, found "
                            + labels.size() + " for " + places.size());
                }
            }
        }

        private void check(INDArray pictures) {
            long[] shape = pictures.shape();
            if (channels < 0) {
                if ((shape[1] != 1 && shape[1] != 3) || pictures.length() > Integer.MAX_VALUE - 8) {
                    throw new Diffusion4jException(next() + ": expected 1 or 3 channels, found " + shape[1]);
                }
                channels = (int) shape[1];
                height = (int) shape[2];
                width = (int) shape[3];
            } else if (shape[1] != channels || shape[2] != height || shape[3] != width) {
                throw new Diffusion4jException(next() + ": expected [" + channels + "," + height + "," + width
                        + "] like the first, found [" + shape[1] + "," + shape[2] + "," + shape[3] + "]");
            }
        }

        private void keep(float[] values, int offset) {
            String name = next();
            int pixels = height * width;
            ByteBuffer bytes = ByteBuffer.allocate(channels * pixels * Float.BYTES);
            FloatBuffer out = bytes.asFloatBuffer();
            for (int c = 0; c < channels; c++) {
                int from = offset + (format.bgr() ? channels - 1 - c : c) * pixels;
                for (int i = 0; i < pixels; i++) {
                    out.put(format.range().signed(values[from + i], name));
                }
            }
            places.add(cache.append(bytes.array()));
        }

        /** Ends the filling, whether it is complete or not. */
        void close() {
            cache.finish();
        }

        /** @param classNames the names that the source gives; if empty, labels name themselves */
        StoredPictures finish(List<String> classNames) {
            if (places.isEmpty()) {
                throw new Diffusion4jException(place + ": expected pictures, found none");
            }
            if (labels.isEmpty()) {
                return new StoredPictures(this, null, List.of());
            }
            List<String> names = classNames.isEmpty()
                    ? PictureLayout.classNames(
                            place,
                            new TreeSet<>(labels.stream().map(Label::name).toList()))
                    : List.copyOf(classNames);
            int[] numbers = new int[labels.size()];
            for (int i = 0; i < numbers.length; i++) {
                Label label = labels.get(i);
                numbers[i] = label.number() >= 0 ? label.number() : names.indexOf(label.name());
                if (numbers[i] < 0 || numbers[i] >= names.size()) {
                    throw new Diffusion4jException(place + ", picture " + i + ": expected one of " + names.size()
                            + " classes, found label " + label.name());
                }
            }
            return new StoredPictures(this, numbers, names);
        }
    }
}
