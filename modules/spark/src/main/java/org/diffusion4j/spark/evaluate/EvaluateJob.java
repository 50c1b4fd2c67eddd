package org.diffusion4j.spark.evaluate;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.diffusion4j.data.FittedPictures;
import org.diffusion4j.data.PictureFolder;
import org.diffusion4j.data.PictureOptions;
import org.diffusion4j.data.PictureOptionsBuilder;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.spark.Job;
import org.diffusion4j.spark.data.HadoopPictures;
import org.diffusion4j.training.evaluate.Evaluation;
import org.diffusion4j.training.evaluate.EvaluationText;
import org.diffusion4j.training.evaluate.RealPictures;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Judges pictures on a cluster: {@code spark-submit --class org.diffusion4j.spark.evaluate.EvaluateJob …}. */
@Command(
        name = "EvaluateJob",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        customSynopsis = "spark-submit … EvaluateJob --pictures=PATH --data=PATH [OPTIONS]",
        description =
                "Compares pictures with real ones, as the command evaluate does, on a cluster: accuracy of a classifier that"
                        + " learns from real pictures, Fréchet distance and kernel distance in its features.")
public final class EvaluateJob implements Callable<Integer> {
    private static final Pattern SIZE = Pattern.compile("([1-9][0-9]{0,4})(?:x([1-9][0-9]{0,4}))?");
    private static final int LARGEST = 16384;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--pictures",
            required = true,
            paramLabel = "PATH",
            description =
                    "The pictures, on any Hadoop file system: what SampleJob wrote, in any of its formats, or any folder of"
                            + " pictures, with or without folders of classes.")
    private String pictures;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "PATH",
            description =
                    "Real pictures with classes, on any Hadoop file system: a folder or an archive, of which the split train"
                            + " is taken where there are splits.")
    private String data;

    @Option(
            names = "--held-out",
            paramLabel = "SPLIT",
            description =
                    "The split of --data that the classifier doesn't learn from, such as test (default: half of the split"
                            + " train).")
    private String heldOut;

    @Option(
            names = "--size",
            paramLabel = "S|WxH",
            description =
                    "The size at which pictures are compared; all are resized to it (default: that of the pictures, which"
                            + " must be the same for all).")
    private String size;

    @Option(names = "--json", description = "Print the figures in one line of JSON, those of each class too.")
    private boolean json;

    /**
     * Runs the job.
     *
     * @param args the options
     */
    public static void main(String[] args) {
        Job.main(new EvaluateJob(), args);
    }

    @Override
    public Integer call() {
        long start = System.nanoTime();
        FittedPictures.Size wanted = wanted();
        SparkSession session = Job.session("diffusion4j evaluate");
        try {
            JudgedPictures judged = JudgedPictures.of(session, pictures);
            RealPictures real = real(session, judged.any(), wanted);
            try (SparkEvaluation evaluation = new SparkEvaluation(session, real, wanted != null)) {
                Evaluation figures = evaluation.evaluate(judged);
                double seconds = (System.nanoTime() - start) / 1e9;
                List<String> lines =
                        json ? List.of(EvaluationText.json(figures, seconds)) : EvaluationText.lines(figures, seconds);
                lines.forEach(spec.commandLine().getOut()::println);
            }
            return 0;
        } finally {
            session.stop();
        }
    }

    /** The size that was asked for; null if none was. */
    private FittedPictures.Size wanted() {
        if (size == null) {
            return null;
        }
        Matcher sides = SIZE.matcher(size);
        boolean understood = sides.matches();
        int width = understood ? Integer.parseInt(sides.group(1)) : 0;
        int height = understood && sides.group(2) != null ? Integer.parseInt(sides.group(2)) : width;
        if (!understood || Math.max(width, height) > LARGEST) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--size: expected a side or WIDTHxHEIGHT in pixels, 1 to " + LARGEST + ", found '" + size + "'");
        }
        return new FittedPictures.Size(width, height);
    }

    /** The real pictures, grey if a picture is. */
    private RealPictures real(SparkSession session, NamedPicture picture, FittedPictures.Size wanted) {
        FittedPictures.Size shape = wanted != null
                ? wanted
                : new FittedPictures(PictureOptions.builder(1, 1).build())
                        .read(picture.name(), picture.file(), new float[3], 0);
        PictureOptionsBuilder options =
                PictureOptions.builder(shape.height(), shape.width()).grey(isGrey(picture.file()));
        PictureSource train = open(session, options.build());
        return heldOut == null
                ? RealPictures.halves(train)
                : new RealPictures(train, open(session, options.split(heldOut).build()));
    }

    private static boolean isGrey(byte[] file) {
        try {
            BufferedImage picture = ImageIO.read(new ByteArrayInputStream(file));
            return picture != null && picture.getColorModel().getColorSpace().getType() == ColorSpace.TYPE_GRAY;
        } catch (IOException e) {
            return false; // of another format, which has colours
        }
    }

    private PictureSource open(SparkSession session, PictureOptions options) {
        JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
        PictureSource source = HadoopPictures.opener(spark, data, options).open();
        if (source instanceof PictureFolder folder) {
            if (!folder.report().broken().isEmpty()) {
                spec.commandLine().getErr().println(data + ": " + folder.report());
            }
            folder.report().notes().forEach(spec.commandLine().getErr()::println);
        }
        return source;
    }
}
