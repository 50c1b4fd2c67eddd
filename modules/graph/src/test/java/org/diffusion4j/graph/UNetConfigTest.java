package org.diffusion4j.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.diffusion4j.graph.option.DownBlockType;
import org.diffusion4j.graph.option.NormType;
import org.diffusion4j.graph.option.UpBlockType;
import org.junit.jupiter.api.Test;

class UNetConfigTest {
    private static String refused(UNetConfigBuilder builder) {
        return assertThrows(IllegalArgumentException.class, builder::build).getMessage();
    }

    @Test
    void aBlockThatCannotBeMadeIsRefusedByItsOption() {
        assertEquals(
                "norm_num_groups: expected a divisor of 8 (DownBlock2D), found 3",
                refused(RandomConfigs.plain().normNumGroups(3)));
        assertEquals(
                "norm_num_groups: expected a number, as there is a DownBlock2D, found null",
                refused(RandomConfigs.plain().normNumGroups(null)));
        assertEquals(
                "attn_norm_num_groups: expected a divisor of the last level's width 12, found 5",
                refused(RandomConfigs.plain().attnNormNumGroups(5)));
        assertEquals(
                "attention_head_dim: expected at most the level's width 12, found 13",
                refused(RandomConfigs.plain().attentionHeadDim(13)));
        assertEquals(
                "num_attention_heads: expected a divisor of the level's width 12, found 5",
                refused(RandomConfigs.plain().numAttentionHeads(5)));
        assertEquals(
                "in_channels: expected at least 1, found 0",
                refused(RandomConfigs.plain().inChannels(0)));
    }

    @Test
    void skipBlocksComputeTheirGroupsFromTheWidths() {
        UNetConfigBuilder builder = RandomConfigs.plain()
                .inChannels(3)
                .outChannels(3)
                .normNumGroups(null)
                .downBlockTypes(List.of(DownBlockType.SKIP, DownBlockType.SKIP))
                .upBlockTypes(List.of(UpBlockType.SKIP, UpBlockType.SKIP));
        assertEquals(
                List.of(32, 32),
                builder.blockOutChannels(List.of(32, 32)).build().blockOutChannels());
        assertEquals(
                "block_out_channels: expected widths that the skip blocks' 8 groups divide, found 33",
                refused(builder.blockOutChannels(List.of(33, 33))));
    }

    @Test
    void groupsMatterOnlyToGroupNorms() {
        UNetConfigBuilder builder = RandomConfigs.plain().normNumGroups(3).normType(NormType.LAYER);
        assertEquals(3, builder.build().normNumGroups());
    }

    @Test
    void aConfigurationThatExistsHasAGraph() {
        Random random = new Random(1);
        int made = 0;
        for (int i = 0; i < 60; i++) {
            UNetConfigBuilder builder = RandomConfigs.draw(i).toBuilder();
            builder.normNumGroups(1 + random.nextInt(5));
            builder.attnNormNumGroups(random.nextBoolean() ? null : 1 + random.nextInt(5));
            builder.attentionHeadDim(1 + random.nextInt(12));
            UNetConfig config;
            try {
                config = builder.build();
            } catch (IllegalArgumentException e) {
                continue; // the test above holds what is refused
            }
            assertTrue(config.parameterCount() > 0);
            made++;
        }
        assertTrue(made > 10, made + " of 60");
    }
}
