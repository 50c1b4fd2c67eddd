package org.diffusion4j.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.diffusion4j.Diffusion4jException;
import org.junit.jupiter.api.Test;

class HubNameTest {
    @Test
    void revisionAndVariantMayBeLeftOut() {
        assertEquals(
                new HubName("google/ddpm-cat-256", "main", Optional.empty()), HubName.parse("hf:google/ddpm-cat-256"));
        assertEquals(new HubName("gpt2", "main", Optional.empty()), HubName.parse("hf:gpt2"));
        assertEquals(new HubName("a/b", "v1.0/beta", Optional.of("fp16")), HubName.parse("hf:a/b@v1.0/beta#fp16"));
        assertEquals(
                "hf:a/b@v1.0/beta#fp16", HubName.parse("hf:a/b@v1.0/beta#fp16").toString());
        assertEquals("hf:a/b", HubName.parse("hf:a/b@main").toString());
        assertTrue(HubName.isOne("hf:a/b"));
        assertFalse(HubName.isOne("a/b"));
    }

    @Test
    void namesThatCouldLeaveTheCacheAreRefused() {
        for (String wrong : List.of(
                "hf:",
                "hf:a/b/c",
                "hf:../b",
                "hf:a/..",
                "hf:a--b/c",
                "hf:-a/b",
                "hf:a/b.git",
                "hf:/b",
                "hf:a/",
                "hf:a\\b/c",
                "hf:a/b@",
                "hf:a/b@../x",
                "hf:a/b@/x",
                "hf:a/b@x\\y",
                "hf:a/b#",
                "hf:a/b#../x",
                "a/b")) {
            Diffusion4jException fault = assertThrows(Diffusion4jException.class, () -> HubName.parse(wrong), wrong);
            assertTrue(fault.getMessage().contains("expected"), fault.getMessage());
        }
    }

    @Test
    void pathsThatLeadElsewhereAreNoPathsInARepository() {
        for (String wrong : List.of("", "/a", "a//b", "a/../b", "..", ".", "a/./b", "a\\b", "a/", "a\0b", "a\nb")) {
            assertFalse(PathInRepository.isOne(wrong), wrong);
        }
        for (String right : List.of("a", "a/b", "a b/hängend+1#2?.txt", ".gitattributes", "..a")) {
            assertTrue(PathInRepository.isOne(right), right);
        }
    }
}
