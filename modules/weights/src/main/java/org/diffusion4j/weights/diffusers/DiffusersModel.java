package org.diffusion4j.weights.diffusers;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.weights.tensor.FileTensor;
import org.diffusion4j.weights.tensor.Tensor;
import org.diffusion4j.weights.tensor.WeightTensor;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The content of a diffusers folder. The weights of one that was read stay in its files until they are needed, so these must
 * not be written into while the model is used; they may be replaced.
 *
 * @param config the U-Net's options
 * @param scheduler the noise schedule that it was trained with; null for a single U-Net, which has none
 * @param tensors the weights by diffusers' parameter names, each with the type in which it is stored: F32, F16 or BF16
 * @param settings what diffusers' files can't express
 * @param json the JSON files that the model was read from
 */
public record DiffusersModel(
        UNetConfig config,
        SchedulerConfig scheduler,
        Map<String, WeightTensor> tensors,
        ModelSettings settings,
        FolderJson json)
        implements AutoCloseable {

    /**
     * Checks that each weight is of floats.
     *
     * @throws IllegalArgumentException if one isn't
     */
    public DiffusersModel {
        tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
        tensors.forEach((name, tensor) -> {
            if (tensor.dataType() != DataType.FLOAT) {
                throw new IllegalArgumentException(
                        "weights, '" + name + "': expected a FLOAT array, found " + tensor.dataType());
            }
        });
    }

    /**
     * Gives the weights as arrays.
     *
     * @return FLOAT arrays by diffusers' parameter names; those that are still in a file are read anew at each call and belong
     *     to the caller
     */
    public Map<String, INDArray> weights() {
        Map<String, INDArray> weights = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> weights.put(name, tensor.array()));
        return Collections.unmodifiableMap(weights);
    }

    /**
     * The number of parameters.
     *
     * @return the sum of the weights' lengths
     */
    public long parameterCount() {
        return tensors.values().stream().mapToLong(WeightTensor::length).sum();
    }

    /**
     * What was noticed while the model was read, but isn't an error: keys of its configurations that are unknown here.
     *
     * @return one line per note; usually none
     */
    public List<String> notes() {
        return json.notes();
    }

    /**
     * The content of the scheduler's file, from which another kind of scheduler can be made. It has only the keys that the
     * file has, since another kind has other defaults.
     *
     * @return values by key, in diffusers' names
     * @throws IllegalStateException for a single U-Net, which has no scheduler
     */
    public Map<String, Object> schedulerKeys() {
        if (scheduler == null) {
            throw new IllegalStateException("a bare U-Net has no scheduler");
        }
        return json.scheduler() == null
                ? scheduler.toMap()
                : SchedulerConfigJson.keys(SchedulerConfigJson.toJson(scheduler, json.scheduler()));
    }

    /**
     * Makes a new model, which will be stored in F32.
     *
     * @param config the U-Net's options
     * @param scheduler the noise schedule that it was trained with; null for a single U-Net
     * @param weights FLOAT arrays by diffusers' parameter names
     * @return the model, with no settings
     */
    public static DiffusersModel of(UNetConfig config, SchedulerConfig scheduler, Map<String, INDArray> weights) {
        return new DiffusersModel(config, scheduler, inMemory(weights), ModelSettings.NONE, FolderJson.NONE);
    }

    /**
     * Gives the same model with other weights, which will be stored in F32.
     *
     * @param newWeights FLOAT arrays by diffusers' parameter names
     * @return the changed model
     */
    public DiffusersModel withWeights(Map<String, INDArray> newWeights) {
        return withTensors(inMemory(newWeights));
    }

    /**
     * Gives the same model with other weights, which keep their types.
     *
     * @param newTensors the weights by diffusers' parameter names
     * @return the changed model
     */
    public DiffusersModel withTensors(Map<String, WeightTensor> newTensors) {
        return new DiffusersModel(config, scheduler, newTensors, settings, json);
    }

    /**
     * Gives the same model with other options of its U-Net.
     *
     * @param newConfig the options
     * @return the changed model
     */
    public DiffusersModel withConfig(UNetConfig newConfig) {
        return new DiffusersModel(newConfig, scheduler, tensors, settings, json);
    }

    /**
     * Gives the same model with another noise schedule.
     *
     * @param newScheduler the schedule; null for none
     * @return the changed model
     */
    public DiffusersModel withScheduler(SchedulerConfig newScheduler) {
        return new DiffusersModel(config, newScheduler, tensors, settings, json);
    }

    /**
     * Gives the same model with other settings.
     *
     * @param newSettings the settings
     * @return the changed model
     */
    public DiffusersModel withSettings(ModelSettings newSettings) {
        return new DiffusersModel(config, scheduler, tensors, newSettings, json);
    }

    private static Map<String, WeightTensor> inMemory(Map<String, INDArray> weights) {
        Map<String, WeightTensor> tensors = new LinkedHashMap<>();
        weights.forEach((name, array) -> tensors.put(name, Tensor.of(array)));
        return tensors;
    }

    /**
     * Closes the files in which the weights still are, also for the models that were made of this one. Files that nobody
     * closes are closed when the collector finds that no model needs them any more. Arrays in memory stay as they are.
     */
    @Override
    public void close() {
        for (WeightTensor tensor : tensors.values()) {
            if (tensor instanceof FileTensor file) {
                file.file().close();
            }
        }
    }
}
