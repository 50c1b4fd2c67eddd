package org.diffusion4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureFolder;
import org.diffusion4j.data.PictureOptions;
import org.diffusion4j.data.PictureOptionsBuilder;
import org.diffusion4j.graph.SampleSize;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** The option {@code --data}, and the options that say how its pictures are read. */
final class PictureInput {
    private static final String DATA = "--data";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = DATA,
            required = true,
            paramLabel = "PATH",
            description =
                    "A folder of pictures, or of a folder for each class; with or without train/ and test/, metadata.jsonl or"
                            + " metadata.csv, or a text in NAME.txt beside each; or an archive of such a folder (zip, tar, tar.gz).")
    private Path data;

    @Option(
            names = "--size",
            paramLabel = "S|WxH",
            converter = SizeConverter.class,
            description =
                    "Side, or width and height, in pixels, that pictures are resized and cropped to (default: that of the model or"
                            + " of --config, else 32).")
    private SampleSize size;

    @Option(
            names = "--grey",
            description = "Read pictures as grey (default: as the model or --config has them, else in colour).")
    private Boolean grey;

    @Option(
            names = "--classes",
            paramLabel = "auto|none",
            defaultValue = "auto",
            description =
                    "auto takes folders, or labels in the metadata, for classes; none trains without classes (default:"
                            + " ${DEFAULT-VALUE}).")
    private PictureOptions.Classes classes;

    @Option(
            names = "--split",
            paramLabel = "NAME",
            defaultValue = "train",
            description = "Which folder is read where there are train/, test/ and such (default: ${DEFAULT-VALUE}).")
    private String split;

    @Option(
            names = "--crop",
            paramLabel = "WHERE",
            defaultValue = "centre",
            description =
                    "Which part is taken of pictures of other proportions: centre or random (default: ${DEFAULT-VALUE}).")
    private PictureOptions.Crop crop;

    @Option(names = "--flip", description = "Mirror half of the pictures, left to right.")
    private boolean flip;

    @Option(
            names = "--background",
            paramLabel = "RRGGBB",
            defaultValue = "ffffff",
            converter = ColourConverter.class,
            description = "Colour behind transparent pictures, six hexadecimal digits (default: ${DEFAULT-VALUE}).")
    private int background;

    @Option(
            names = "--broken",
            paramLabel = "SHARE",
            defaultValue = "0.01",
            description = "Share of pictures that may be broken, 0 to 1; they are named and left out (default:"
                    + " ${DEFAULT-VALUE}).")
    private double brokenShare;

    /** Reads colours of six hexadecimal digits. */
    private static final class ColourConverter implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            if (!text.matches("[0-9a-fA-F]{6}")) {
                throw new TypeConversionException(
                        String.format(Locale.ROOT, "expected six digits such as ffffff, found '%s'", text));
            }
            return Integer.parseInt(text, 16);
        }
    }

    /** The size that is asked for; null if none is. */
    SampleSize size() {
        return size;
    }

    /** Whether grey is asked for; null if the option isn't given. */
    Boolean grey() {
        return grey;
    }

    /**
     * Reads the pictures, and prints what was found.
     *
     * @param out the run's folder, whose grids and checkpoints aren't pictures to train on
     */
    PictureFolder open(SampleSize of, boolean inGrey, Path out, PrintWriter err) {
        return open(of, inGrey, 0, out, err);
    }

    /**
     * Reads pictures of several shapes.
     *
     * @param bucketStep what the sides of buckets are multiples of; 0 for one size
     */
    PictureFolder open(SampleSize of, boolean inGrey, int bucketStep, Path out, PrintWriter err) {
        return open(DATA, data, options(of, inGrey, flip, bucketStep).split(split), out, err);
    }

    /**
     * Reads the pictures for a model that learns an autoencoder's latents, which are computed once: their views are the same in
     * each epoch, and what is mirrored is encoded, too.
     */
    PictureFolder openFixed(SampleSize of, int bucketStep, Path out, PrintWriter err) {
        requireCentre();
        return open(DATA, data, options(of, false, false, bucketStep).split(split), out, err);
    }

    /** Reads other pictures in the same way, without classes and from any folder of theirs. */
    PictureFolder openOthers(
            String option,
            Path from,
            SampleSize of,
            boolean inGrey,
            boolean fixed,
            int bucketStep,
            Path out,
            PrintWriter err) {
        return open(
                option,
                from,
                options(of, inGrey, flip && !fixed, bucketStep).classes(PictureOptions.Classes.NONE),
                out,
                err);
    }

    private void requireCentre() {
        if (crop == PictureOptions.Crop.RANDOM) {
            throw new ParameterException(
                    command.commandLine(),
                    "--crop: expected centre, as the model's autoencoder encodes each picture once, found random");
        }
    }

    /** Whether pictures are to be mirrored. */
    boolean flip() {
        return flip;
    }

    private PictureOptionsBuilder options(SampleSize of, boolean inGrey, boolean mirrored, int bucketStep) {
        if (!(brokenShare >= 0 && brokenShare <= 1)) {
            throw new ParameterException(
                    command.commandLine(),
                    String.format(Locale.ROOT, "--broken: expected a share in [0, 1], found %s", brokenShare));
        }
        return PictureOptions.builder(of.height(), of.width())
                .bucketStep(bucketStep)
                .grey(inGrey)
                .classes(classes)
                .crop(crop)
                .flip(mirrored)
                .background(background)
                .brokenShare(brokenShare);
    }

    private static PictureFolder open(
            String option, Path from, PictureOptionsBuilder options, Path out, PrintWriter err) {
        PictureFolder pictures = PictureFolder.open(
                from, options.excluded(excluded(option, from, out)).build());
        err.println(pictures.report());
        pictures.report().notes().forEach(err::println);
        return pictures;
    }

    /** The run's folder, unless the pictures are in a folder inside it, next to the run's own files. */
    private static List<Path> excluded(String option, Path from, Path out) {
        try {
            if (!Files.exists(out)) {
                return List.of();
            }
            Path real = out.toRealPath();
            if (Files.exists(from) && from.toRealPath().equals(real)) {
                throw new Diffusion4jException(
                        "--out: expected another folder than that of " + option + ", found '" + out + "'");
            }
            return Files.exists(from) && from.toRealPath().startsWith(real) ? List.of() : List.of(real);
        } catch (IOException e) {
            throw new Diffusion4jException("--out: expected a folder, found '" + out + "' (" + e + ")", e);
        }
    }
}
