package org.diffusion4j.weights.singlefile;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.diffusion.Prediction;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.graph.NetworkConfig;
import org.diffusion4j.weights.diffusers.Component;
import org.diffusion4j.weights.diffusers.ComponentConfig;
import org.diffusion4j.weights.diffusers.ModelSettings;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.PipelineParts;
import org.diffusion4j.weights.diffusers.TokenizerPlace;
import org.diffusion4j.weights.file.FileFault;

/**
 * A pipeline in a single file. Its weights are the file's; all else is that of the public model that the file is made like, or
 * of a folder that is named. The scheduler is the one that diffusers' {@code from_single_file} chooses.
 */
public final class SingleFilePipeline implements PipelineParts {
    /** What ModelSpec, a convention of several programs, says in a safetensors file's header. */
    static final String PREDICTION = "modelspec.prediction_type";

    /** Names of tensors by which some programs mark a network that predicts v, and a schedule that ends in noise alone. */
    private static final String V_MARK = "v_pred";

    private static final String ZERO_SNR_MARK = "ztsnr";

    private static final String PREDICTION_TYPE = "prediction_type";

    private final SingleFile file;
    private final boolean average;
    private final PipelineDescription description;

    private SingleFilePipeline(SingleFile file, boolean average, PipelineDescription description) {
        this.file = file;
        this.average = average;
        this.description = description;
    }

    /**
     * Opens a file.
     *
     * @param path a {@code .safetensors} or {@code .ckpt} file
     * @param options what the file doesn't say
     * @return the pipeline's parts
     * @throws Diffusion4jException if it is no checkpoint of this family, a part is missing, or a part's tensors aren't those of
     *     its configuration; the message names the tensor
     */
    public static SingleFilePipeline open(Path path, SingleFileOptions options) {
        SingleFile file = SingleFile.open(path);
        if (file.layout() == SingleFileLayout.AUTOENCODER) {
            throw FileFault.in(path, "expected a checkpoint that draws, found an autoencoder alone");
        }
        Prediction prediction = options.prediction() != null ? options.prediction() : prediction(file);
        PipelineDescription description = options.config() == null
                ? new PublicDescription(file).describe(prediction)
                : PipelineDescription.of(PipelineFolder.open(options.config()));
        // A folder that is named says itself what its network predicts.
        Prediction wanted = options.config() == null ? prediction : options.prediction();
        SingleFilePipeline pipeline =
                new SingleFilePipeline(file, options.average(), scheduled(description, wanted, file));
        description.networks().forEach((part, config) -> file.check(part, config, options.average()));
        return pipeline;
    }

    /** What the file says of its network; null if it says nothing. */
    private static Prediction prediction(SingleFile file) {
        String said = file.metadata().getOrDefault(PREDICTION, "").toLowerCase(Locale.ROOT);
        if (file.names().contains(V_MARK) || said.equals("v") || said.equals("v_prediction")) {
            return Prediction.V_PREDICTION;
        }
        return said.equals("epsilon") ? Prediction.EPSILON : null;
    }

    private static PipelineDescription scheduled(
            PipelineDescription description, Prediction prediction, SingleFile file) {
        Map<String, Object> keys = new LinkedHashMap<>(description.schedulerKeys());
        if (prediction != null) {
            keys.put(PREDICTION_TYPE, prediction.configName());
        }
        if (file.names().contains(ZERO_SNR_MARK)) {
            keys.put("rescale_betas_zero_snr", true);
        }
        SchedulerConfig scheduler = description.scheduler().kind().of(keys);
        return description.withScheduler(scheduler, keys);
    }

    /**
     * The file.
     *
     * @return what is in it
     */
    public SingleFile file() {
        return file;
    }

    @Override
    public Path place() {
        return file.path();
    }

    @Override
    public Path configFile(String part) {
        return file.path();
    }

    @Override
    public String className() {
        return description.className();
    }

    @Override
    public Map<String, String> parts() {
        return new LinkedHashMap<>(description.parts());
    }

    @Override
    public List<String> controlNets() {
        return List.of();
    }

    @Override
    public <C extends NetworkConfig> Component<C> network(String part, Class<C> type) {
        return file.network(part, options(part).as(type), average && part.equals(PipelineFolder.UNET));
    }

    @Override
    public <C extends NetworkConfig> C config(String part, Class<C> type) {
        return options(part).as(type).config();
    }

    private ComponentConfig<?> options(String part) {
        ComponentConfig<?> config = description.networks().get(part);
        if (config == null) {
            throw FileFault.in(
                    file.path(),
                    "expected a model with " + part + ", found one of "
                            + String.join(", ", description.networks().keySet()));
        }
        return config;
    }

    @Override
    public TokenizerPlace tokenizer(String part) {
        TokenizerPlace place = description.tokenizers().get(part);
        if (place == null) {
            throw FileFault.in(file.path(), "expected a model with " + part + ", found none");
        }
        return place;
    }

    @Override
    public SchedulerConfig scheduler() {
        return description.scheduler();
    }

    @Override
    public Map<String, Object> schedulerKeys() {
        return new LinkedHashMap<>(description.schedulerKeys());
    }

    @Override
    public ModelSettings settings() {
        return description.settings();
    }

    @Override
    public boolean forcesZeros() {
        return description.forcesZeros();
    }

    /** {@inheritDoc} Here, tensors without use, and averaged weights that aren't taken. */
    @Override
    public List<String> notes() {
        List<String> notes = new ArrayList<>(description.notes());
        if (!average && file.hasAverage()) {
            notes.add("averaged weights (EMA) of the network are in the file, too; those that were trained are taken");
        }
        List<String> strangers = file.strangers(description.networks());
        if (!strangers.isEmpty()) {
            notes.add(String.format(
                    Locale.ROOT,
                    "%d %s no use here, such as %s",
                    strangers.size(),
                    strangers.size() == 1 ? "tensor has" : "tensors have",
                    FileFault.quote(strangers.get(0))));
        }
        return notes;
    }
}
