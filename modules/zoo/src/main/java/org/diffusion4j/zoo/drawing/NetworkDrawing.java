package org.diffusion4j.zoo.drawing;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.weights.FileReplacement;
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

    private final UNetConfig config;
    private final LevelText text;
    private final SvgPage page = new SvgPage();
    private final int levels;
    private final int boxWidth;
    private final String timePill;
    private final int pillWidth;
    private final int width;

    private NetworkDrawing(UNetConfig config) {
        this.config = config;
        this.text = new LevelText(config);
        this.levels = config.levels();
        this.boxWidth = IntStream.range(0, levels)
                        .boxed()
                        .flatMap(level -> Stream.of(text.encoder(level), text.decoder(level), text.bottleneck()))
                        .flatMap(List::stream)
                        .mapToInt(line -> textWidth(line, 14))
                        .max()
                        .orElseThrow()
                + 24;
        this.timePill = config.wantsClassLabels() ? "time + class" : "time";
        this.pillWidth = Math.max(textWidth(timePill, 12), textWidth("context", 12)) + 14;
        int arms = 2 * (MARGIN + pillWidth + PILL_ARROW + boxWidth + (levels - 1) * STAIR) + BETWEEN_ARMS;
        int notes = notes().stream()
                .mapToInt(note -> textWidth(note.text, 12))
                .max()
                .orElse(0);
        this.width = Math.max(arms, notes + pillWidth + 3 * MARGIN);
    }

    /**
     * Draws a network: its encoder blue, its bottleneck green, its decoder red, its skip connections dashed.
     *
     * @param config the network's options
     * @return an SVG file's text
     */
    public static String svg(UNetConfig config) {
        return new NetworkDrawing(config).draw();
    }

    /**
     * Draws a network into a file, completely or not at all.
     *
     * @param config the network's options
     * @param file the file to write, which is replaced if it exists
     * @throws org.diffusion4j.Diffusion4jException if it can't be written
     */
    public static void write(UNetConfig config, Path file) {
        FileReplacement.write(file, ByteBuffer.wrap(svg(config).getBytes(StandardCharsets.UTF_8)));
    }

    /** The explanation of a pill. */
    private record Note(String pill, String style, String text) {}

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
        String title = String.format(
                Locale.ROOT, "U-Net, %s → %s", text.shape(0, config.inChannels()), text.shape(0, config.outChannels()));
        int y = MARGIN + 18;
        page.text("title", Anchor.MIDDLE, width / 2, y, title);
        y = drawNotes(y + 20);
        Box in = image(encoderX(0), y, List.of(text.shape(0, config.inChannels()), "sample"));
        Box out = image(decoderX(0), y, List.of(text.shape(0, config.outChannels()), "output"));
        y = in.bottom() + BETWEEN_ROWS;

        Box encoder = in;
        Box decoder = out;
        for (int level = 0; level < levels; level++) {
            List<String> down = text.encoder(level);
            List<String> up = text.decoder(level);
            int height = boxHeight(Math.max(down.size(), up.size()));
            Box deeperEncoder = box("encoder", encoderX(level), y, height, down);
            Box deeperDecoder = box("decoder", decoderX(level), y, height, up);
            String downText = level == 0 ? "conv 3×3" : text.downsampling(level - 1);
            String upText = level == 0
                    ? String.format(
                            Locale.ROOT, "norm, SiLU, conv %d×%d", config.convOutKernel(), config.convOutKernel())
                    : text.upsampling(level - 1);
            flowDown(encoder, deeperEncoder, downText);
            flowUp(deeperDecoder, decoder, upText);
            pills(deeperEncoder, true, config.downBlockTypes().get(level).attends());
            pills(
                    deeperDecoder,
                    false,
                    config.upBlockTypes().get(levels - 1 - level).attends());
            if (config.skipConnections()) {
                skip(deeperEncoder, deeperDecoder);
            }
            encoder = deeperEncoder;
            decoder = deeperDecoder;
            y += height + BETWEEN_ROWS;
        }
        y = config.midBlockType() == null ? straightOn(encoder, decoder) : bottleneck(encoder, decoder, y);
        y = legend(y + 26);
        return page.finish(width, y + MARGIN, title, STYLE);
    }

    private List<Note> notes() {
        List<Note> notes = new ArrayList<>();
        notes.add(new Note(timePill, "time", text.time()));
        if (config.wantsClassLabels()) {
            notes.add(new Note(null, null, text.classes()));
        }
        if (config.crossAttentionDim() != null) {
            notes.add(new Note("context", "context", text.context()));
        }
        return notes;
    }

    /** Draws where the embeddings come from. */
    private int drawNotes(int top) {
        int widest = notes().stream()
                .mapToInt(note -> textWidth(note.text, 12))
                .max()
                .orElse(0);
        int x = (width - widest - pillWidth - 10) / 2;
        int y = top;
        for (Note note : notes()) {
            if (note.pill != null) {
                pill(note.style, x, y, note.pill);
            }
            page.text("note", Anchor.START, x + pillWidth + 10, y + 14, note.text);
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

    private void skip(Box encoder, Box decoder) {
        int y = encoder.middleY();
        page.line("skip", true, encoder.right(), y, decoder.x - 2, y);
        int count = config.layersPerBlock() + 1;
        page.text("note", Anchor.MIDDLE, width / 2, y - 8, count + " × concatenated");
    }

    /** Draws the embeddings that enter a box, on the outer side of the U. */
    private void pills(Box box, boolean left, boolean attends) {
        boolean context = attends && config.crossAttentionDim() != null;
        int y = box.middleY() - (context ? PILL_HEIGHT + 3 : PILL_HEIGHT / 2);
        enter(box, left, "time", timePill, y);
        if (context) {
            enter(box, left, "context", "context", y + PILL_HEIGHT + 6);
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

    private int bottleneck(Box encoder, Box decoder, int y) {
        List<String> lines = text.bottleneck();
        Box box = box("bottleneck", (width - boxWidth) / 2, y, boxHeight(lines.size()), lines);
        int down = Math.min(encoder.middleX(), box.x - 30);
        int up = width - down;
        page.line("flow", true, down, encoder.bottom(), down, box.middleY(), box.x - 2, box.middleY());
        page.line("flow", true, box.right(), box.middleY(), up, box.middleY(), up, decoder.bottom() + 2);
        boolean context = config.addAttention() && config.crossAttentionDim() != null;
        int pillY = box.bottom() + PILL_ARROW;
        int middle = width / 2;
        int timeX = context ? middle - pillWidth - 6 : middle - pillWidth / 2;
        enterFromBelow(box, "time", timePill, timeX, pillY);
        if (context) {
            enterFromBelow(box, "context", "context", middle + 6, pillY);
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
        List<String> names = config.midBlockType() == null
                ? List.of("encoder", "decoder")
                : List.of("encoder", "bottleneck", "decoder");
        int entry = 120;
        int x = (width - (names.size() + 1) * entry - 20) / 2;
        for (String name : names) {
            page.box(name, x, y, 22, 14, 3);
            page.text("note", Anchor.START, x + 30, y + 12, name);
            x += entry;
        }
        if (config.skipConnections()) {
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
