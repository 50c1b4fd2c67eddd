package org.diffusion4j.zoo.drawing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Rectangle;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.UNetPreset;
import org.diffusion4j.graph.option.DownBlockType;
import org.diffusion4j.graph.option.TimeInjection;
import org.diffusion4j.graph.option.UpBlockType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class NetworkDrawingTest {
    private static Document parse(UNetConfig config) throws Exception {
        byte[] bytes = NetworkDrawing.svg(config).getBytes(StandardCharsets.UTF_8);
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
}
