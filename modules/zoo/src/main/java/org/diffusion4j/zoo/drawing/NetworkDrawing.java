package org.diffusion4j.zoo.drawing;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.weights.file.FileReplacement;
import org.diffusion4j.zoo.drawing.DrawnNetwork.Note;
import org.diffusion4j.zoo.drawing.SvgPage.Anchor;

/** Draws a U-Net as in textbooks, after figure 1 of Ronneberger et al. 2015 (arXiv:1505.04597). */
public final class NetworkDrawing {
    private static final String STYLE =
            """
            .title { font-size: 18px; font-weight: bold; fill: #222 }
            .head { font-size: 15px; font-weight: bold; fill: #222 }
            .line { font-size: 13px; fill: #222 }
            .note { font-size: 12px; fill: #555 }
            .white { font-size: 12px; fill: #fff }
            .encoder { fill: #d6e6fa; stroke: #2b6cb0; stroke-width: 2 }
            .bottleneck { fill: #d5f0da; stroke: #2f855a; stroke-width: 2 }
            .decoder { fill: #fbdcd9; stroke: #c53030; stroke-width: 2 }
            .image { fill: #f2f2f2; stroke: #777; stroke-width: 2 }
            .time { fill: #6b46c1 }
            .context { fill: #b7600b }
            .flow { fill: none; stroke: #555; stroke-width: 2 }
            .enter { fill: none; stroke: #555; stroke-width: 1 }
            .skip { fill: none; stroke: #555; stroke-width: 2; stroke-dasharray: 7 5 }
            """;

    /** The assumed width of a character, which is wide for a sans-serif font, so that texts fit with any font. */
    private static final double CHARACTER = 0.6;

    private static final int MARGIN = 20;
    private static final int LINE = 18;
    private static final int BETWEEN_ROWS = 52;
    private static final int STAIR = 44;
    private static final int BETWEEN_ARMS = 150;
    private static final int PILL_HEIGHT = 20;
    private static final int PILL_ARROW = 20;

    private final DrawnNetwork network;
    private final SvgPage page = new SvgPage();
    private final int levels;
    private final int boxWidth;
    private final String timePill;
    private final String contextPill;
    private final int pillWidth;
    private final int width;

    private NetworkDrawing(DrawnNetwork network) {
        this.network = network;
        this.levels = network.levels();
        this.boxWidth = Stream.concat(
                                IntStream.range(0, levels)
                                        .boxed()
                                        .flatMap(level -> Stream.of(network.encoder(level), network.decoder(level))),
                                Stream.ofNullable(network.bottleneck()))
                        .flatMap(block -> block.lines().stream())
                        .mapToInt(line -> textWidth(line, 14))
                        .max()
                        .orElseThrow()
                + 24;
        this.timePill = pill("time");
        this.contextPill = pill("context");
        this.pillWidth = Math.max(textWidth(timePill, 12), textWidth(contextPill, 12)) + 14;
        int arms = 2 * (MARGIN + pillWidth + PILL_ARROW + boxWidth + (levels - 1) * STAIR) + BETWEEN_ARMS;
        int notes = notesWidth();
        this.width = Math.max(arms, notes + pillWidth + 3 * MARGIN);
    }

    /** What the mark of a style says; empty if nothing has it. */
    private String pill(String style) {
        return network.notes().stream()
                .filter(note -> style.equals(note.style()))
                .map(Note::pill)
                .findFirst()
                .orElse("");
    }

    private int notesWidth() {
        return network.notes().stream()
                .mapToInt(note -> textWidth(note.text(), 12))
                .max()
                .orElse(0);
    }

    /**
     * Draws a network: its encoder blue, its bottleneck green, its decoder red, its skip connections dashed.
     *
     * @param config the network's options
     * @return an SVG file's text
     */
    public static String svg(UNetConfig config) {
        return new NetworkDrawing(new UNetText(config)).draw();
    }

    /**
     * Draws a network that reads a text, in the same way.
     *
     * @param config the network's options
     * @return an SVG file's text
     */
    public static String svg(UNet2DConditionConfig config) {
        return new NetworkDrawing(new ConditionText(config)).draw();
    }

    /**
     * Draws a network into a file, completely or not at all.
     *
     * @param config the network's options
     * @param file the file to write, which is replaced if it exists
     * @throws org.diffusion4j.Diffusion4jException if it can't be written
     */
    public static void write(UNetConfig config, Path file) {
        write(svg(config), file);
    }

    /**
     * Draws a network that reads a text into a file, completely or not at all.
     *
     * @param config the network's options
     * @param file the file to write, which is replaced if it exists
     * @throws org.diffusion4j.Diffusion4jException if it can't be written
     */
    public static void write(UNet2DConditionConfig config, Path file) {
        write(svg(config), file);
    }

    private static void write(String svg, Path file) {
        FileReplacement.write(file, ByteBuffer.wrap(svg.getBytes(StandardCharsets.UTF_8)));
    }

    /** A box that has been drawn. */
    private record Box(int x, int y, int width, int height) {
        int middleX() {
            return x + width / 2;
        }

        int middleY() {
            return y + height / 2;
        }

        int right() {
            return x + width;
        }

        int bottom() {
            return y + height;
        }
    }

    private String draw() {
        String title = "U-Net, " + network.input() + " → " + network.output();
        int y = MARGIN + 18;
        page.text("title", Anchor.MIDDLE, width / 2, y, title);
        y = drawNotes(y + 20);
        Box in = image(encoderX(0), y, List.of(network.input(), "sample"));
        Box out = image(decoderX(0), y, List.of(network.output(), "output"));
        y = in.bottom() + BETWEEN_ROWS;

        Box encoder = in;
        Box decoder = out;
        for (int level = 0; level < levels; level++) {
            DrawnNetwork.Block down = network.encoder(level);
            DrawnNetwork.Block up = network.decoder(level);
            int height = boxHeight(Math.max(down.lines().size(), up.lines().size()));
            Box deeperEncoder = box("encoder", encoderX(level), y, height, down.lines());
            Box deeperDecoder = box("decoder", decoderX(level), y, height, up.lines());
            flowDown(encoder, deeperEncoder, level == 0 ? network.firstLayer() : network.downsampling(level - 1));
            flowUp(deeperDecoder, decoder, level == 0 ? network.lastLayer() : network.upsampling(level - 1));
            pills(deeperEncoder, true, down.context());
            pills(deeperDecoder, false, up.context());
            if (network.skips(level) > 0) {
                skip(deeperEncoder, deeperDecoder, network.skips(level));
            }
            encoder = deeperEncoder;
            decoder = deeperDecoder;
            y += height + BETWEEN_ROWS;
        }
        DrawnNetwork.Block middle = network.bottleneck();
        y = middle == null ? straightOn(encoder, decoder) : bottleneck(middle, encoder, decoder, y);
        y = legend(y + 26);
        return page.finish(width, y + MARGIN, title, STYLE);
    }

    /** Draws where the embeddings come from. */
    private int drawNotes(int top) {
        int x = (width - notesWidth() - pillWidth - 10) / 2;
        int y = top;
        for (Note note : network.notes()) {
            if (note.pill() != null) {
                pill(note.style(), x, y, note.pill());
            }
            page.text("note", Anchor.START, x + pillWidth + 10, y + 14, note.text());
            y += PILL_HEIGHT + 6;
        }
        return y + 14;
    }

    private int encoderX(int level) {
        int arms = 2 * (boxWidth + (levels - 1) * STAIR) + BETWEEN_ARMS;
        return (width - arms) / 2 + level * STAIR;
    }

    private int decoderX(int level) {
        return width - encoderX(level) - boxWidth;
    }

    private Box image(int x, int y, List<String> lines) {
        return box("image", x, y, boxHeight(lines.size()), lines);
    }

    private Box box(String style, int x, int y, int height, List<String> lines) {
        page.box(style, x, y, boxWidth, height, 6);
        int first = y + (height - lines.size() * LINE) / 2 + 14;
        for (int i = 0; i < lines.size(); i++) {
            page.text(i == 0 ? "head" : "line", Anchor.MIDDLE, x + boxWidth / 2, first + i * LINE, lines.get(i));
        }
        return new Box(x, y, boxWidth, height);
    }

    private static int boxHeight(int lines) {
        return lines * LINE + 16;
    }

    private void flowDown(Box from, Box to, String label) {
        int x = (from.middleX() + to.middleX()) / 2;
        page.line("flow", true, x, from.bottom(), x, to.y - 2);
        page.text("note", Anchor.START, x + 10, (from.bottom() + to.y) / 2 + 4, label);
    }

    private void flowUp(Box from, Box to, String label) {
        int x = (from.middleX() + to.middleX()) / 2;
        page.line("flow", true, x, from.y, x, to.bottom() + 2);
        page.text("note", Anchor.END, x - 10, (to.bottom() + from.y) / 2 + 4, label);
    }

    private void skip(Box encoder, Box decoder, int count) {
        int y = encoder.middleY();
        page.line("skip", true, encoder.right(), y, decoder.x - 2, y);
        page.text("note", Anchor.MIDDLE, width / 2, y - 8, count + " × concatenated");
    }

    /** Draws the embeddings that enter a box, on the outer side of the U. */
    private void pills(Box box, boolean left, boolean context) {
        int y = box.middleY() - (context ? PILL_HEIGHT + 3 : PILL_HEIGHT / 2);
        enter(box, left, "time", timePill, y);
        if (context) {
            enter(box, left, "context", contextPill, y + PILL_HEIGHT + 6);
        }
    }

    private void enter(Box box, boolean left, String style, String label, int y) {
        int x = left ? box.x - PILL_ARROW - pillWidth : box.right() + PILL_ARROW;
        int middle = y + PILL_HEIGHT / 2;
        pill(style, x, y, label);
        if (left) {
            page.line("enter", true, x + pillWidth, middle, box.x - 2, middle);
        } else {
            page.line("enter", true, x, middle, box.right() + 2, middle);
        }
    }

    private void pill(String style, int x, int y, String label) {
        page.box(style, x, y, pillWidth, PILL_HEIGHT, PILL_HEIGHT / 2);
        page.text("white", Anchor.MIDDLE, x + pillWidth / 2, y + 14, label);
    }

    private int bottleneck(DrawnNetwork.Block block, Box encoder, Box decoder, int y) {
        List<String> lines = block.lines();
        Box box = box("bottleneck", (width - boxWidth) / 2, y, boxHeight(lines.size()), lines);
        int down = Math.min(encoder.middleX(), box.x - 30);
        int up = width - down;
        page.line("flow", true, down, encoder.bottom(), down, box.middleY(), box.x - 2, box.middleY());
        page.line("flow", true, box.right(), box.middleY(), up, box.middleY(), up, decoder.bottom() + 2);
        boolean context = block.context();
        int pillY = box.bottom() + PILL_ARROW;
        int middle = width / 2;
        int timeX = context ? middle - pillWidth - 6 : middle - pillWidth / 2;
        enterFromBelow(box, "time", timePill, timeX, pillY);
        if (context) {
            enterFromBelow(box, "context", contextPill, middle + 6, pillY);
        }
        return pillY + PILL_HEIGHT;
    }

    private void enterFromBelow(Box box, String style, String label, int x, int y) {
        pill(style, x, y, label);
        page.line("enter", true, x + pillWidth / 2, y, x + pillWidth / 2, box.bottom() + 2);
    }

    /** Draws an arrow for networks without a bottleneck, where the deepest encoder level's output is the decoder's input. */
    private int straightOn(Box encoder, Box decoder) {
        int y = encoder.bottom() + BETWEEN_ROWS / 2;
        page.line(
                "flow",
                true,
                encoder.middleX(),
                encoder.bottom(),
                encoder.middleX(),
                y,
                decoder.middleX(),
                y,
                decoder.middleX(),
                decoder.bottom() + 2);
        return y;
    }

    private int legend(int y) {
        List<String> names = network.bottleneck() == null
                ? List.of("encoder", "decoder")
                : List.of("encoder", "bottleneck", "decoder");
        int entry = 120;
        int x = (width - (names.size() + 1) * entry - 20) / 2;
        for (String name : names) {
            page.box(name, x, y, 22, 14, 3);
            page.text("note", Anchor.START, x + 30, y + 12, name);
            x += entry;
        }
        if (IntStream.range(0, levels).anyMatch(level -> network.skips(level) > 0)) {
            page.line("skip key", true, x, y + 7, x + 40, y + 7);
            page.text("note", Anchor.START, x + 48, y + 12, "skip connection");
        } else {
            page.text("note", Anchor.START, x, y + 12, "no skip connections");
        }
        return y + 14;
    }

    private static int textWidth(String text, int size) {
        return (int) Math.ceil(text.length() * size * CHARACTER);
    }
}
