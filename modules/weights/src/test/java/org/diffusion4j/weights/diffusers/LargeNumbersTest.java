package org.diffusion4j.weights.diffusers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A number in a configuration asks for neither memory nor time that nobody has. */
class LargeNumbersTest {
    private static final long ALLOCATED = 64 << 20;

    @TempDir
    Path folder;

    /** In one line, soon, with little allocated. */
    private String refusal(ThrowingRead read) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        String message = assertTimeout(Duration.ofSeconds(10), () -> assertThrows(Diffusion4jException.class, read::run)
                .getMessage());
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < ALLOCATED, allocated + " bytes");
        assertTrue(message.length() < 500 && message.indexOf('\n') < 0, message);
        return message;
    }

    private interface ThrowingRead {
        void run() throws IOException;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"sample_size\": 8|\"sample_size\": 1073741824|sample_size: expected at most 16384, found 1073741824x1073741824",
                "\"sample_size\": 8|\"sample_size\": [8, 2147483647]|sample_size: expected at most 16384, found 8x2147483647",
                "\"layers_per_block\": 1|\"layers_per_block\": 1000|layers_per_block: expected at most 128 with 2 levels",
                "\"in_channels\": 1|\"in_channels\": 1073741824|in_channels: expected at most 1048576",
                "\"num_class_embeds\": 11|\"num_class_embeds\": 2147483647|num_class_embeds: expected at most 1048576",
                "\"time_embedding_dim\": null|\"time_embedding_dim\": 1000000000|time_embedding_dim: expected at most",
            })
    void ofANetworkWithoutWeightsIsNamed(String old, String large, String expected) throws IOException {
        Path config = folder.resolve("config.json");
        String text = UNetConfigJson.format(TinyModel.CONFIG);
        assertTrue(text.contains(old), text);
        Files.writeString(config, text.replace(old, large));
        String message = refusal(() -> DiffusersFolder.readConfig(folder));
        assertTrue(message.startsWith(config + ", " + expected), message);
    }

    @Test
    void widthsThatNoMemoryHoldsAreNamedBeforeAGraphIsBuilt() throws IOException {
        Path config = folder.resolve("config.json");
        String text = UNetConfigJson.format(TinyModel.CONFIG);
        Files.writeString(config, text.replace("\n    4,\n    8\n", "\n    524288,\n    1048576\n"));
        String message = refusal(() -> DiffusersFolder.readConfig(folder));
        assertTrue(message.startsWith(config + ": expected a network whose parameters fit into "), message);
    }

    @Test
    void levelsByTheThousandAreNamed() throws IOException {
        Path config = folder.resolve("config.json");
        int levels = 5000;
        Files.writeString(
                config,
                "{\"block_out_channels\": [" + "8,".repeat(levels - 1) + "8], \"down_block_types\": ["
                        + "\"DownBlock2D\",".repeat(levels - 1) + "\"DownBlock2D\"], \"up_block_types\": ["
                        + "\"UpBlock2D\",".repeat(levels - 1) + "\"UpBlock2D\"], \"norm_num_groups\": 4}");
        assertEquals(
                config + ", block_out_channels: expected at most 16 levels, found 5000",
                refusal(() -> DiffusersFolder.readConfig(folder)));
    }

    @ParameterizedTest
    @CsvSource({"1000000000", "2147483647", "1000001"})
    void timestepsByTheMillionAreNamed(String timesteps) throws IOException {
        Path file = folder.resolve("scheduler_config.json");
        SchedulerConfigJson.write(file, new DdpmConfig());
        Files.writeString(file, Files.readString(file).replace("1000,", timesteps + ","));
        assertEquals(
                file + ", num_train_timesteps: expected at most 1000000, found " + timesteps,
                refusal(() -> SchedulerConfigJson.read(file)));
    }

    @Test
    void aConfigurationOfSixtyMegabytesIsNotRead() throws IOException {
        DiffusersFolder.write(folder, TinyModel.model());
        String large = "{\"a\": \"" + "x".repeat(60_000_000) + "\"}";
        for (String name : new String[] {
            "model_index.json", "unet/config.json", "scheduler/scheduler_config.json", "diffusion4j.json"
        }) {
            Path file = folder.resolve(name);
            byte[] before = Files.readAllBytes(file);
            Files.writeString(file, large);
            assertEquals(
                    file + ": expected at most 1000000 bytes, found 60000009",
                    refusal(() -> DiffusersFolder.read(folder)));
            Files.write(file, before);
        }
    }

    @Test
    void theParametersOfANetworkAreCounted() {
        long expected = TinyModel.weights(1).values().stream()
                .mapToLong(array -> array.length())
                .sum();
        assertEquals(expected, TinyModel.CONFIG.parameterCount());
    }
}
