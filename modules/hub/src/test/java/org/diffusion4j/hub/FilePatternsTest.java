package org.diffusion4j.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The results are those of Python's fnmatch.fnmatchcase. */
class FilePatternsTest {
    @ParameterizedTest
    @CsvSource({
        "*.json, unet/config.json, true",
        "unet/*, unet/a/b, true",
        "unet/, unet/a/b, true",
        "*.JSON, a.json, false",
        "?.txt, ä.txt, true",
        "a.b, axb, false",
        "[ab].txt, b.txt, true",
        "[!ab].txt, b.txt, false",
        "[!ab].txt, c.txt, true",
        "[a-c].txt, b.txt, true",
        "[z-a].txt, b.txt, false",
        "[]a].txt, ].txt, true",
        "[^a].txt, ^.txt, true",
        "[^a].txt, b.txt, false",
        "[a, [a, true",
        "(a|b)+{1}, (a|b)+{1}, true",
    })
    void patternsAreThoseOfPython(String pattern, String file, boolean matches) {
        assertEquals(matches, new FilePatterns(List.of(pattern), List.of()).test(file));
    }

    @Test
    void whatIsIgnoredIsLeftOut() {
        FilePatterns patterns = new FilePatterns(List.of("*.json", "unet/*"), List.of("*.safetensors"));
        assertEquals(
                List.of("a.json", "unet/b"),
                List.of("a.json", "unet/b", "unet/c.safetensors", "vae/d").stream()
                        .filter(patterns)
                        .toList());
    }
}
