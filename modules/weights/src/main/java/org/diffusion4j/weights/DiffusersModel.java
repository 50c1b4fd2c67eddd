package org.diffusion4j.weights;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.graph.UNetConfig;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The content of a diffusers folder.
 *
 * @param config the U-Net's options
 * @param scheduler the noise schedule that it was trained with; null for a single U-Net, which has none
 * @param weights FLOAT arrays by diffusers' parameter names
 * @param weightTypes the type in which each weight is stored: F32, F16 or BF16
 * @param settings what diffusers' files can't express
 * @param json the JSON files that the model was read from
 */
public record DiffusersModel(
        UNetConfig config,
        SchedulerConfig scheduler,
        Map<String, INDArray> weights,
        Map<String, TensorType> weightTypes,
        ModelSettings settings,
        FolderJson json) {

    /**
     * Checks that each array has a type that it can be stored in.
     *
     * @throws IllegalArgumentException if one has no such type
     */
    public DiffusersModel {
        weights = Collections.unmodifiableMap(new LinkedHashMap<>(weights));
        weightTypes = Map.copyOf(weightTypes);
        if (!weightTypes.keySet().equals(weights.keySet())) {
            throw new IllegalArgumentException("weightTypes: expected one for each of " + weights.size()
                    + " weights, found " + weightTypes.size());
        }
        weights.forEach((name, array) -> {
            if (array.dataType() != DataType.FLOAT) {
                throw new IllegalArgumentException(
                        "weights, '" + name + "': expected a FLOAT array, found " + array.dataType());
            }
        });
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
        return new DiffusersModel(config, scheduler, weights, allF32(weights), ModelSettings.NONE, FolderJson.NONE);
    }

    /**
     * Gives the same model with other weights, which will be stored in F32.
     *
     * @param newWeights FLOAT arrays by diffusers' parameter names
     * @return the changed model
     */
    public DiffusersModel withWeights(Map<String, INDArray> newWeights) {
        return new DiffusersModel(config, scheduler, newWeights, allF32(newWeights), settings, json);
    }

    /**
     * Gives the same model with other options of its U-Net.
     *
     * @param newConfig the options
     * @return the changed model
     */
    public DiffusersModel withConfig(UNetConfig newConfig) {
        return new DiffusersModel(newConfig, scheduler, weights, weightTypes, settings, json);
    }

    /**
     * Gives the same model with another noise schedule.
     *
     * @param newScheduler the schedule; null for none
     * @return the changed model
     */
    public DiffusersModel withScheduler(SchedulerConfig newScheduler) {
        return new DiffusersModel(config, newScheduler, weights, weightTypes, settings, json);
    }

    /**
     * Gives the same model with other settings.
     *
     * @param newSettings the settings
     * @return the changed model
     */
    public DiffusersModel withSettings(ModelSettings newSettings) {
        return new DiffusersModel(config, scheduler, weights, weightTypes, newSettings, json);
    }

    private static Map<String, TensorType> allF32(Map<String, INDArray> weights) {
        Map<String, TensorType> types = new LinkedHashMap<>();
        weights.keySet().forEach(name -> types.put(name, TensorType.F32));
        return types;
    }
}
