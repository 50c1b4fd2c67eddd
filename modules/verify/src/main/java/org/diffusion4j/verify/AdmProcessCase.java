package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.config.ConfigName;
import org.diffusion4j.diffusion.respaced.DiffusionOptions;
import org.diffusion4j.diffusion.respaced.GuidedNoise;
import org.diffusion4j.diffusion.respaced.RespacedDdim;
import org.diffusion4j.diffusion.respaced.RespacedDdpm;
import org.diffusion4j.diffusion.respaced.RespacedProcess;
import org.diffusion4j.diffusion.respaced.Respacing;
import org.diffusion4j.diffusion.respaced.StepDistribution;
import org.diffusion4j.diffusion.respaced.StepOutput;
import org.diffusion4j.diffusion.sampler.Sampler;
import org.diffusion4j.diffusion.sampler.Walk;
import org.diffusion4j.diffusion.sampler.WalkState;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.adm.AdmClassifierConfig;
import org.diffusion4j.graph.adm.AdmUNetConfig;
import org.diffusion4j.graph.adm.AdmUNetGraph;
import org.diffusion4j.pipeline.adm.ClassifierGradient;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.ComponentFolder;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Guided-diffusion's process: its tables and timesteps, each step of its runs from the step's own sample and the whole runs, and
 * single steps that a classifier guides.
 */
final class AdmProcessCase {
    /** The runs, by the names that their tensors begin with. */
    private static final String DDPM = "ddpm";

    private static final String DDIM = "ddim";
    private static final String DDIM_ETA = "ddim_eta";

    private final ReferenceCase reference;
    private final CaseOptions options;
    private final DiffusionOptions diffusion;
    private final Tolerance tolerance;
    private final List<Comparison> result = new ArrayList<>();

    private AdmProcessCase(ReferenceCase reference) {
        this.reference = reference;
        this.options = reference.whole();
        this.tolerance = reference.tolerance();
        this.diffusion = new DiffusionOptions(
                options.integer("diffusion_steps"),
                ConfigName.of(GuidedNoise.class, "noise_schedule", options.text("noise_schedule")),
                options.flag("predict_xstart", false),
                options.flag("rescale_timesteps", false));
    }

    static List<Comparison> verify(ReferenceCase reference, Engines engines) {
        AdmProcessCase process = new AdmProcessCase(reference);
        process.timesteps();
        process.tables();
        try (Component<AdmUNetConfig> component =
                ComponentFolder.read(process.sibling("model_case"), AdmUNetConfig.class)) {
            INDArray x = reference.tensor("x_init");
            Map<String, INDArray> inputs = Map.of(AdmUNetGraph.SAMPLE, x);
            try (NoisePredictor network =
                    engines.open(AdmCase.graph(component.config(), component.tensors(), inputs))) {
                process.runs(network, component.config());
                if (engines.haveGradients() && reference.settings().has("classifier_case")) {
                    process.guided(network, component.config(), engines);
                }
            }
        }
        return process.result;
    }

    private Path sibling(String key) {
        return reference.folder().toAbsolutePath().resolveSibling(options.text(key));
    }

    private void timesteps() {
        for (JsonNode row : reference.setting("space_timesteps")) {
            int[] found = Respacing.parse(row.path("section_counts").asText())
                    .timesteps(row.path("num_timesteps").asInt());
            int[] expected = numbers(row.path("result"));
            String name = "space_timesteps " + row.path("section_counts").asText();
            result.add(
                    Arrays.equals(found, expected)
                            ? new Comparison(name, 0, true, "")
                            : Comparison.failed(name, "expected " + shown(expected) + ", found " + shown(found)));
        }
        reference.setting("timestep_map").properties().forEach(run -> {
            int[] found = process(run.getKey()).timesteps();
            String name = "timestep_map " + run.getKey();
            result.add(
                    Arrays.equals(found, numbers(run.getValue()))
                            ? new Comparison(name, 0, true, "")
                            : Comparison.failed(name, "found " + shown(found)));
        });
    }

    private static int[] numbers(JsonNode list) {
        int[] numbers = new int[list.size()];
        Arrays.setAll(numbers, i -> list.get(i).asInt());
        return numbers;
    }

    private static String shown(int... numbers) {
        return numbers.length <= 12 ? Arrays.toString(numbers) : numbers.length + " timesteps";
    }

    private RespacedProcess process(String run) {
        return new RespacedProcess(
                diffusion,
                Respacing.parse(reference.setting("respacing").path(run).asText()));
    }

    private void tables() {
        RespacedProcess process = process(DDPM);
        Map<String, double[]> tables = new LinkedHashMap<>();
        tables.put("betas", process.betas());
        tables.put("alphas_cumprod", process.alphasCumprod());
        tables.put("posterior_variance", process.posteriorVariance());
        tables.put("posterior_log_variance_clipped", process.posteriorLogVarianceClipped());
        tables.put("posterior_mean_coef1", process.posteriorMeanCoef1());
        tables.put("posterior_mean_coef2", process.posteriorMeanCoef2());
        tables.forEach((name, table) ->
                compare("schedule." + name, Nd4j.createFromArray(table).castTo(DataType.FLOAT)));
        compare(
                "q_sample.x_t",
                process.addNoise(
                        reference.tensor("q_sample.x_start"),
                        reference.tensor("q_sample.noise"),
                        LongStream.of(reference.tensor("q_sample.index").toLongVector())
                                .mapToInt(Math::toIntExact)
                                .toArray()));
    }

    private void compare(String name, INDArray found) {
        result.add(tolerance.compare(name, found, reference.tensor(name)));
    }

    private Sampler sampler(String run, boolean learned, boolean guided) {
        StepOutput output = new StepOutput(learned, guided);
        return switch (run) {
            case DDPM -> new RespacedDdpm(process(run), output, true);
            case DDIM -> new RespacedDdim(process(run), output, true, 0);
            case DDIM_ETA -> new RespacedDdim(process(run), output, true, options.number("ddim_eta"));
            default ->
                throw new Diffusion4jException(reference.folder().resolve("case.json")
                        + ", respacing: expected ddpm, ddim or ddim_eta, found " + run);
        };
    }

    private void runs(NoisePredictor network, AdmUNetConfig config) {
        reference.setting("respacing").fieldNames().forEachRemaining(run -> {
            Sampler sampler = sampler(run, config.learnsVariance(), false);
            List<Comparison> steps = new ArrayList<>();
            for (int step = 0; step < sampler.timesteps().length; step++) {
                steps.addAll(step(run, sampler, step, network));
            }
            result.add(Comparison.worst(run + ".*", steps));
            result.add(walk(run, sampler, network));
        });
    }

    /** One step from its own sample. */
    private List<Comparison> step(String run, Sampler sampler, int step, NoisePredictor network) {
        String prefix = run + "." + step + ".";
        INDArray x = reference.tensor(prefix + "x");
        INDArray output = output(network, x, sampler.timesteps()[step]);
        Map<String, INDArray> found = new LinkedHashMap<>();
        found.put("model_output", output);
        if (sampler instanceof RespacedDdpm ddpm) {
            StepDistribution distribution = ddpm.distribution(step, x, output);
            found.put("mean", distribution.mean());
            found.put("log_variance", distribution.logVariance());
            found.put("variance", Transforms.exp(distribution.logVariance(), true));
        }
        WalkState after = sampler.advance(new WalkState(0, step, x, null, List.of()), output, noise(prefix));
        found.put("pred_xstart", after.denoised());
        found.put("sample", after.sample());
        return found.keySet().stream()
                .filter(name -> reference.has(prefix + name))
                .map(name -> tolerance.compare(prefix + name, found.get(name), reference.tensor(prefix + name)))
                .toList();
    }

    private INDArray noise(String prefix) {
        return reference.has(prefix + "noise") ? reference.tensor(prefix + "noise") : null;
    }

    private INDArray output(NoisePredictor network, INDArray x, double timestep) {
        Map<String, INDArray> labels = new LinkedHashMap<>();
        if (reference.has("y")) {
            labels.put(AdmUNetGraph.CLASS_LABELS, reference.tensor("y"));
        }
        return network.predict(x, timesteps(x, timestep), labels);
    }

    private static INDArray timesteps(INDArray x, double timestep) {
        return Nd4j.valueArrayOf(new long[] {x.size(0)}, timestep, DataType.FLOAT);
    }

    /** The whole run, in which each step has the sample of the step before. */
    private Comparison walk(String run, Sampler sampler, NoisePredictor network) {
        try (Walk walk = sampler.begin(reference.tensor("x_init"), 0)) {
            String last = "";
            while (!walk.done()) {
                last = run + "." + walk.step() + ".";
                walk.advance(output(network, walk.input(), walk.timestep()), noise(last));
            }
            return tolerance.compare(run + " from noise", walk.sample(), reference.tensor(last + "sample"));
        }
    }

    private void guided(NoisePredictor network, AdmUNetConfig config, Engines engines) {
        INDArray x = reference.tensor("x_init");
        SampleSize size = new SampleSize((int) x.size(2), (int) x.size(3));
        try (Component<AdmClassifierConfig> component =
                        ComponentFolder.read(sibling("classifier_case"), AdmClassifierConfig.class);
                ClassifierGradient gradient = new ClassifierGradient(
                        component.config(), component.tensors(), size, engines::openGraphGradients)) {
            guidedStep("guided_ddpm.", DDPM, network, config, gradient);
            guidedStep("guided_ddim.", DDIM, network, config, gradient);
        }
    }

    private void guidedStep(
            String prefix, String run, NoisePredictor network, AdmUNetConfig config, ClassifierGradient classifier) {
        if (!reference.has(prefix + "x")) {
            return;
        }
        Sampler sampler = sampler(run, config.learnsVariance(), true);
        int index = reference.tensor(prefix + "index").getInt(0);
        int step = sampler.timesteps().length - 1 - index;
        double timestep = sampler.timesteps()[step];
        INDArray x = reference.tensor(prefix + "x");
        List<Integer> labels = LongStream.of(reference.tensor("y").toLongVector())
                .mapToObj(Math::toIntExact)
                .toList();
        INDArray gradient = classifier.of(x, timesteps(x, timestep), labels).muli(options.number("classifier_scale"));
        compare(prefix + "gradient", gradient);
        INDArray output = Nd4j.concat(1, output(network, x, timestep), gradient);
        INDArray noise = noise(prefix);
        WalkState after = sampler.advance(new WalkState(0, step, x, null, List.of()), output, noise);
        INDArray mean = sampler instanceof RespacedDdpm ddpm
                ? ddpm.distribution(step, x, output).mean()
                : process(run).posteriorMean(index, x, after.denoised());
        compare(prefix + "mean", mean);
        compare(prefix + "pred_xstart", after.denoised());
        compare(prefix + "sample", after.sample());
    }
}
