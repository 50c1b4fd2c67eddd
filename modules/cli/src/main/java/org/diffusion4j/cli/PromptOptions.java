package org.diffusion4j.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.SinglePicture;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.pipeline.part.SampleSpace;
import org.diffusion4j.pipeline.prompt.Additions;
import org.diffusion4j.pipeline.prompt.Control;
import org.diffusion4j.pipeline.prompt.PictureSource;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.diffusion4j.pipeline.prompt.TextGuidance;
import org.nd4j.linalg.api.ndarray.INDArray;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say what a model with text encoders draws. */
final class PromptOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--prompt",
            paramLabel = "TEXT",
            description = "What is to be seen, for a model that draws by text; may be repeated, for several prompts.")
    private List<String> prompts = new ArrayList<>();

    @Option(
            names = "--negative-prompt",
            paramLabel = "TEXT",
            description = "What isn't to be seen: one for all prompts, or one for each. It needs guidance above 1.")
    private List<String> negative = new ArrayList<>();

    @Option(
            names = "--size",
            paramLabel = "S|WxH",
            converter = SizeConverter.class,
            description =
                    "Side, or width and height, of the pictures in pixels, with --prompt (default: those of --init-image or"
                            + " --control, else the model's own).")
    private SampleSize size;

    @Option(
            names = "--init-image",
            paramLabel = "FILE",
            description = "A picture to draw from; with --size, it is resized and cropped to that.")
    private Path initImage;

    @Option(
            names = "--strength",
            paramLabel = "S",
            description =
                    "How much of --init-image is drawn anew, above 0 (almost nothing) to 1 (nearly all) (default: the"
                            + " pipeline's: 0.8, or 0.3 for SDXL).")
    private Double strength;

    @Option(
            names = "--mask",
            paramLabel = "FILE",
            description = "A picture of --init-image's size: what is white is drawn anew, what is black is kept.")
    private Path mask;

    @Option(
            names = "--control",
            paramLabel = "NAME:FILE",
            description =
                    "A picture that a ControlNet looks at: the name of its folder in the model's, such as controlnet, and the"
                            + " file; may be repeated.")
    private List<String> controls = new ArrayList<>();

    @Option(
            names = "--control-scale",
            paramLabel = "X",
            description = "How strongly the ControlNets act: one for all, or one for each --control (default: 1).")
    private List<Double> controlScales = new ArrayList<>();

    @Option(
            names = "--guidance-rescale",
            paramLabel = "R",
            defaultValue = "0",
            description =
                    "How much of the guided prediction gets the contrast of the one with the prompt, 0 to 1, with --prompt"
                            + " (default: ${DEFAULT-VALUE}).")
    private double guidanceRescale;

    @Option(
            names = "--guidance-interval",
            paramLabel = "FROM:TO",
            defaultValue = "0:1",
            description = "The share of the steps in which guidance acts, with --prompt, such as 0.2:0.8 (default:"
                    + " ${DEFAULT-VALUE}).")
    private String guidanceInterval;

    @Option(
            names = "--clip-skip",
            paramLabel = "N",
            defaultValue = "0",
            description = "How many of the text encoder's last layers are left out, with --prompt (default:"
                    + " ${DEFAULT-VALUE}).")
    private int clipSkip;

    @Option(
            names = "--embedding",
            paramLabel = "FILE[:WORD]",
            description =
                    "A learned word (textual inversion), and what stands for it in a prompt (default: the file's own word);"
                            + " may be repeated.")
    private List<String> embeddings = new ArrayList<>();

    boolean isPrompt() {
        return !prompts.isEmpty();
    }

    List<String> prompts() {
        return prompts;
    }

    /**
     * The option that only a model with text encoders has, of those that are given.
     *
     * @return its name; null if there is none
     */
    String given() {
        if (isPrompt()) {
            return "--prompt";
        }
        return spec.commandLine().getParseResult().matchedOptions().stream()
                .map(option -> option.longestName())
                .filter(List.of(
                        "--negative-prompt",
                        "--size",
                        "--init-image",
                        "--strength",
                        "--mask",
                        "--control",
                        "--control-scale",
                        "--guidance-rescale",
                        "--guidance-interval",
                        "--clip-skip",
                        "--lora",
                        "--embedding")::contains)
                .findFirst()
                .orElse(null);
    }

    /**
     * Puts the given options into a request.
     *
     * @param space says what the sides of a picture to draw from are multiples of, beyond which it is cut off, and its colours
     * @throws IllegalArgumentException if a value is out of its range; the message begins with its name, without dashes
     * @throws Diffusion4jException if a picture can't be read
     */
    PromptRequest.Builder set(PromptRequest.Builder request, Double guidance, SampleSpace space) {
        request.negative(negative.toArray(new String[0])).clipSkip(clipSkip);
        request.guidance(new TextGuidance(guidance, guidanceRescale, interval(0), interval(1)));
        if (size != null) {
            request.size(size.width(), size.height());
        }
        if (initImage == null) {
            require(strength == null, "--strength", "--init-image beside it", "none");
            require(mask == null, "--mask", "--init-image beside it", "none");
        } else {
            request.source(source(space));
        }
        for (int i = 0; i < controls.size(); i++) {
            request.control(control(controls.get(i), scale(i), space.factor()));
        }
        require(
                controlScales.size() <= 1 || controlScales.size() == controls.size(),
                "--control-scale",
                "one, or one for each --control (" + controls.size() + ")",
                String.valueOf(controlScales.size()));
        return request;
    }

    /** The adapters and the learned words. */
    Additions with(Additions adapters) {
        Additions additions = adapters;
        for (String given : embeddings) {
            FileWithValue word = FileWithValue.withWord(spec, "--embedding", given);
            additions = additions.word(word.file(), word.value());
        }
        return additions;
    }

    private void require(boolean holds, String option, String expected, String found) {
        if (!holds) {
            throw new ParameterException(spec.commandLine(), option + ": expected " + expected + ", found " + found);
        }
    }

    private double scale(int control) {
        if (controlScales.isEmpty()) {
            return 1;
        }
        return controlScales.get(Math.min(control, controlScales.size() - 1));
    }

    private double interval(int end) {
        String[] ends = guidanceInterval.split(":", -1);
        try {
            if (ends.length == 2) {
                return Double.parseDouble(ends[end]);
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new ParameterException(
                spec.commandLine(),
                "--guidance-interval: expected FROM:TO such as 0.2:0.8, found '" + guidanceInterval + "'");
    }

    private PictureSource source(SampleSpace space) {
        SinglePicture picture = SinglePicture.read(initImage, space.colours());
        SinglePicture masked = mask == null ? null : SinglePicture.read(mask, 1);
        if (masked != null && (masked.width() != picture.width() || masked.height() != picture.height())) {
            throw new Diffusion4jException("--mask: expected the init image's size " + picture.width() + "x"
                    + picture.height() + ", found " + masked.width() + "x" + masked.height());
        }
        return new PictureSource(
                fitted(picture, space.factor()).values(),
                masked == null ? null : fitted(masked, space.factor()).values(),
                strength);
    }

    private SinglePicture fitted(SinglePicture picture, int multiple) {
        if (size != null) {
            return picture.fitted(size.width(), size.height());
        }
        int width = Math.max(multiple, picture.width() / multiple * multiple);
        int height = Math.max(multiple, picture.height() / multiple * multiple);
        return picture.fitted(width, height);
    }

    private Control control(String given, double scale, int multiple) {
        int colon = given.indexOf(':');
        if (colon < 1 || colon == given.length() - 1) {
            throw new ParameterException(spec.commandLine(), "--control: expected NAME:FILE, found '" + given + "'");
        }
        SinglePicture picture = SinglePicture.read(Path.of(given.substring(colon + 1)), 3);
        INDArray values = fitted(picture, multiple).values();
        return new Control(given.substring(0, colon), values, scale, 0, 1);
    }
}
