package org.diffusion4j.weights.diffusers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.sampler.DdimConfig;
import org.diffusion4j.diffusion.sampler.DdpmConfig;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.diffusion.sampler.SchedulerKind;
import org.diffusion4j.diffusion.schedule.BetaSchedule;
import org.diffusion4j.diffusion.schedule.TimestepSpacing;
import org.diffusion4j.diffusion.schedule.VarianceType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchedulerConfigJsonTest {
    @TempDir
    Path folder;

    private SchedulerConfig read(String text) throws IOException {
        return SchedulerConfigJson.read(Files.writeString(folder.resolve("scheduler_config.json"), text));
    }

    @Test
    void writesWhatDiffusersWrites() throws IOException {
        Path file = folder.resolve("scheduler_config.json");
        SchedulerConfigJson.write(file, new DdpmConfig());
        assertEquals(
                """
                {
                  "_class_name": "DDPMScheduler",
                  "_diffusers_version": "0.40.0.dev0",
                  "beta_end": 0.02,
                  "beta_schedule": "linear",
                  "beta_start": 0.0001,
                  "clip_sample": true,
                  "clip_sample_range": 1.0,
                  "dynamic_thresholding_ratio": 0.995,
                  "num_train_timesteps": 1000,
                  "prediction_type": "epsilon",
                  "rescale_betas_zero_snr": false,
                  "sample_max_value": 1.0,
                  "steps_offset": 0,
                  "thresholding": false,
                  "timestep_spacing": "leading",
                  "trained_betas": null,
                  "variance_type": "fixed_small"
                }
                """,
                Files.readString(file));
    }

    @Test
    void everyOptionSurvives() {
        SchedulerConfig ddpm = new DdpmConfig()
                .with()
                .numTrainTimesteps(2)
                .betaStart(0.00085)
                .betaEnd(0.012)
                .betaSchedule(BetaSchedule.SIGMOID)
                .trainedBetas(List.of(0.1, 0.2))
                .varianceType(VarianceType.LEARNED_RANGE)
                .clipSample(false)
                .clipSampleRange(2)
                .predictionType(Prediction.V_PREDICTION)
                .thresholding(true)
                .dynamicThresholdingRatio(0.9)
                .sampleMaxValue(1.5)
                .timestepSpacing(TimestepSpacing.TRAILING)
                .stepsOffset(1)
                .rescaleBetasZeroSnr(true)
                .build();
        SchedulerConfig ddim = new DdimConfig().with().setAlphaToOne(false).build();
        Path file = folder.resolve("scheduler_config.json");
        for (SchedulerConfig config : List.of(ddpm, ddim)) {
            SchedulerConfigJson.write(file, config);
            assertEquals(config, SchedulerConfigJson.read(file));
        }
    }

    @Test
    void missingKeysHaveDiffusersDefaults() throws IOException {
        assertEquals(new DdpmConfig(), read("{\"_class_name\": \"DDPMScheduler\", \"lambda_min_clipped\": -Infinity}"));
        assertEquals(new DdimConfig(), read("{\"_class_name\": \"DDIMScheduler\"}"));
    }

    @Test
    void keepsWhatAFileCameWith() throws IOException {
        ObjectNode source = (ObjectNode) new JsonMapper()
                .readTree(
                        "{\"_class_name\": \"DDPMScheduler\", \"tensor_format\": \"pt\", \"_diffusers_version\": \"0.1\","
                                + " \"variance_type\": \"fixed_large\"}");
        SchedulerConfig config = SchedulerConfigJson.read(Path.of("scheduler_config.json"), source);
        assertEquals(source, SchedulerConfigJson.toJson(config, source));

        ObjectNode ddim = source.deepCopy();
        ddim.put("_class_name", "DDIMScheduler").put("set_alpha_to_one", true).remove("variance_type");
        assertEquals(ddim, SchedulerConfigJson.toJson(SchedulerKind.DDIM.of(config.toMap()), source));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'_class_name': 'FlowMatchEulerDiscreteScheduler'} | _class_name: expected the name of one of these with Scheduler at its end: KINDS, found 'FlowMatchEulerDiscreteScheduler'",
                "{} | _class_name: expected the name of one of these with Scheduler at its end: KINDS, found nothing",
                "{'_class_name': 'DDPMScheduler', 'num_train_timesteps': 1e3} | num_train_timesteps: expected a whole number, found 1000.0",
                "{'_class_name': 'DDPMScheduler', 'beta_start': '0.1'} | beta_start: expected a number, found '0.1'",
                "{'_class_name': 'DDPMScheduler', 'beta_start': NaN} | beta_start: expected a number in [0, 1], found NaN",
                "{'_class_name': 'DDPMScheduler', 'trained_betas': [0.1, null]} | trained_betas: expected a number, found null",
            })
    void saysWhichKeyIsWrong(String text, String expected) {
        Path file = folder.resolve("scheduler_config.json");
        String kinds = Arrays.stream(SchedulerKind.values())
                .map(kind -> kind.className().replace("Scheduler", ""))
                .collect(Collectors.joining(", "));
        assertEquals(
                file + ", " + expected.replace("KINDS", kinds),
                assertThrows(Diffusion4jException.class, () -> read(text.replace('\'', '"')))
                        .getMessage());
    }

    @Test
    void refusesTheVarianceThatIsNoNumberByName() {
        String message = assertThrows(
                        Diffusion4jException.class,
                        () -> read("{\"_class_name\": \"DDPMScheduler\", \"variance_type\": \"fixed_large_log\"}"))
                .getMessage();
        assertEquals(true, message.contains("variance_type") && message.contains("fixed_large_log"), message);
    }
}
