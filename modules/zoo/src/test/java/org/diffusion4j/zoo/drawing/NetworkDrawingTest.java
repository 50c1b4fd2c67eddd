package org.diffusion4j.zoo.drawing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Rectangle;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetPreset;
import org.diffusion4j.graph.option.DownBlockType;
import org.diffusion4j.graph.option.TimeInjection;
import org.diffusion4j.graph.option.UpBlockType;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionConfig;
import org.diffusion4j.weights.diffusers.ComponentFolder;
import org.diffusion4j.zoo.LcmDreamshaper;
import org.diffusion4j.zoo.PipelineZooModel;
import org.diffusion4j.zoo.Ssd1b;
import org.diffusion4j.zoo.StableDiffusion15;
import org.diffusion4j.zoo.StableDiffusionInpainting;
import org.diffusion4j.zoo.StableDiffusionXl;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class NetworkDrawingTest {
    private static Document parse(UNetConfig config) throws Exception {
        return parse(NetworkDrawing.svg(config));
    }

    private static Document parse(String svg) throws Exception {
        byte[] bytes = svg.getBytes(StandardCharsets.UTF_8);
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new ByteArrayInputStream(bytes));
    }

    private static List<Element> elements(Document drawing, String tag) {
        NodeList nodes = drawing.getElementsByTagName(tag);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            elements.add((Element) nodes.item(i));
        }
        return elements;
    }

    private static long count(Document drawing, String tag, String style) {
        return elements(drawing, tag).stream()
                .filter(element -> element.getAttribute("class").equals(style))
                .count();
    }

    private static List<String> texts(Document drawing) {
        return elements(drawing, "text").stream().map(Element::getTextContent).toList();
    }

    /** Where a text stands if its font is a wide one. */
    private static Rectangle place(Element text) {
        int size =
                switch (text.getAttribute("class")) {
                    case "title" -> 18;
                    case "head" -> 15;
                    case "line" -> 13;
                    default -> 12;
                };
        int width = (int) Math.ceil(0.6 * size * text.getTextContent().length());
        int x = Integer.parseInt(text.getAttribute("x"));
        int left =
                switch (text.getAttribute("text-anchor")) {
                    case "start" -> x;
                    case "middle" -> x - width / 2;
                    default -> x - width;
                };
        return new Rectangle(left, Integer.parseInt(text.getAttribute("y")) - size, width, size);
    }

    private static void assertReadable(Document drawing) {
        Element page = drawing.getDocumentElement();
        Rectangle whole = new Rectangle(
                Integer.parseInt(page.getAttribute("width")), Integer.parseInt(page.getAttribute("height")));
        List<Element> texts = elements(drawing, "text");
        for (int i = 0; i < texts.size(); i++) {
            assertTrue(whole.contains(place(texts.get(i))), texts.get(i).getTextContent() + " leaves the page");
            for (int j = 0; j < i; j++) {
                assertFalse(
                        place(texts.get(i)).intersects(place(texts.get(j))),
                        texts.get(i).getTextContent() + " overlaps "
                                + texts.get(j).getTextContent());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(UNetPreset.class)
    void drawsEveryPreset(UNetPreset preset) throws Exception {
        UNetConfig config = preset.config();
        Document drawing = parse(config);
        assertReadable(drawing);
        assertEquals(config.levels(), count(drawing, "path", "skip"));
        // One more of each in the legend.
        assertEquals(config.levels() + 1, count(drawing, "rect", "encoder"));
        assertEquals(config.levels() + 1, count(drawing, "rect", "decoder"));
        assertEquals(2, count(drawing, "rect", "bottleneck"));
    }

    @Test
    void saysWhatIsInTheBoxes() throws Exception {
        UNetConfig config = UNetPreset.SMALL.config().toBuilder()
                .numClassEmbeds(11)
                .attentionHeadDim(32)
                .build();
        List<String> texts = texts(parse(config));
        for (String text :
                List.of("32×32×32", "16×16×64", "2 × ResNet", "3 × (ResNet + attention)", "(2 heads × 32)")) {
            assertTrue(texts.contains(text), texts.toString());
        }
        // Each box of the U, and where they come from.
        assertEquals(2 * 3 + 1 + 1, Collections.frequency(texts, "time + class"));
        assertTrue(texts.contains("class label → table (11 × 128) → added to the time embedding"), texts.toString());
    }

    @Test
    void leavesOutWhatThereIsNot() throws Exception {
        UNetConfig config = UNetPreset.TINY.config().toBuilder()
                .sampleSize(null)
                .midBlockType(null)
                .skipConnections(false)
                .build();
        Document drawing = parse(config);
        assertReadable(drawing);
        assertEquals(0, count(drawing, "path", "skip"));
        assertEquals(0, count(drawing, "rect", "bottleneck"));
        assertTrue(texts(drawing).contains("H/2×W/2×16"), texts(drawing).toString());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    void isReadableAtAnyNumberOfLevels(int levels) throws Exception {
        UNetConfig config = UNetConfig.builder()
                .sampleSize(SampleSize.square(1024))
                .blockOutChannels(Collections.nCopies(levels, 1280))
                .downBlockTypes(Collections.nCopies(levels, DownBlockType.ATTENTION))
                .upBlockTypes(Collections.nCopies(levels, UpBlockType.ATTENTION))
                .resnetTimeScaleShift(TimeInjection.FILM)
                .numClassEmbeds(1000)
                .crossAttentionDim(2048)
                .build();
        Document drawing = parse(config);
        assertReadable(drawing);
        assertEquals(2 * levels + 1 + 1, Collections.frequency(texts(drawing), "context"));
    }

    private static UNet2DConditionConfig unet(PipelineZooModel model) {
        return (UNet2DConditionConfig) model.components().get("unet");
    }

    @Test
    void saysWhereTheTextEntersStableDiffusion() throws Exception {
        Document drawing = parse(NetworkDrawing.svg(unet(new StableDiffusion15())));
        assertReadable(drawing);
        List<String> texts = texts(drawing);
        for (String text : List.of(
                "U-Net, 64×64×4 → 64×64×4",
                "64×64×320",
                "8×8×1280",
                "2 × (ResNet + transformer)",
                "3 × ResNet",
                "(1 layer, 8 heads × 40)",
                "ResNet + transformer + ResNet",
                "norm, SiLU, conv 3×3",
                "timestep → sinusoids (320) → MLP (1280) → each ResNet, added between its convolutions",
                "text (tokens × 768) → keys and values of attention")) {
            assertTrue(texts.contains(text), text + " in " + texts);
        }
        // Three levels on both sides, the bottleneck and where it comes from; time enters the innermost levels, too.
        assertEquals(2 * 3 + 1 + 1, Collections.frequency(texts, "text"));
        assertEquals(2 * 4 + 1 + 1, Collections.frequency(texts, "time"));
        assertEquals(4, Collections.frequency(texts, "3 × concatenated"));
    }

    @Test
    void saysWhatEntersStableDiffusionXl() throws Exception {
        Document drawing = parse(NetworkDrawing.svg(unet(new StableDiffusionXl())));
        assertReadable(drawing);
        List<String> texts = texts(drawing);
        assertEquals(2 * 2 + 1 + 1, Collections.frequency(texts, "text"));
        assertEquals(2 * 3 + 1 + 1, Collections.frequency(texts, "time + size + pooled text"));
        assertEquals(3, Collections.frequency(texts, "(10 layers, 20 heads × 64)"));
        assertTrue(
                texts.contains(
                        "pooled text, and numbers such as the size → sinusoids (256 each) → MLP (1280) → added to"
                                + " the time embedding"),
                texts.toString());
    }

    @Test
    void saysThatKBlocksTakeOneSkipAndTheInnermostNone() throws Exception {
        Path file = Path.of("../verify/src/test/resources/goldens/unet2dcond-k-blocks/config.json");
        Document drawing = parse(NetworkDrawing.svg((UNet2DConditionConfig) ComponentFolder.readConfig(file)));
        List<String> texts = texts(drawing);
        assertEquals(1, count(drawing, "path", "skip"));
        assertEquals(1, Collections.frequency(texts, "1 × concatenated"));
        assertTrue(texts.contains("(to the text, 2 heads × 16)"), texts.toString());
        assertTrue(texts.contains("filter ↓2"), texts.toString());
    }

    @TestFactory
    Stream<DynamicTest> drawsEveryKindOfConditionalUNet() throws IOException {
        Path goldens = Path.of("../verify/src/test/resources/goldens");
        List<Path> folders;
        try (Stream<Path> all = Files.list(goldens)) {
            folders = all.filter(folder -> folder.getFileName().toString().startsWith("unet2dcond-"))
                    .toList();
        }
        Stream<UNet2DConditionConfig> configs = Stream.concat(
                folders.stream().map(folder ->
                        (UNet2DConditionConfig) ComponentFolder.readConfig(folder.resolve("config.json"))),
                Stream.of(new Ssd1b(), new LcmDreamshaper(), new StableDiffusionInpainting())
                        .map(NetworkDrawingTest::unet));
        return configs.map(config -> DynamicTest.dynamicTest(String.valueOf(config.downBlockTypes()), () -> {
            Document drawing = parse(NetworkDrawing.svg(config));
            assertReadable(drawing);
            assertEquals(config.blockOutChannels().size() + 1, count(drawing, "rect", "encoder"));
            assertEquals(config.midBlockType() == null ? 0 : 2, count(drawing, "rect", "bottleneck"));
        }));
    }
}
