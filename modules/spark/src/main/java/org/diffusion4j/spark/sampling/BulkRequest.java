package org.diffusion4j.spark.sampling;

import java.io.Serializable;
import java.util.SortedMap;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.pipeline.prompt.PromptRequest;

/**
 * What all tasks of a job know.
 *
 * @param model the model
 * @param sums the SHA-256 sums of its files
 * @param classes what is drawn with a model of classes or of none; null for prompts
 * @param prompts what is drawn with a model of prompts; null for classes
 * @param engine what runs the networks
 * @param precision the type of the numbers that are multiplied
 * @param executorThreads threads for a drawing that has an executor for itself; 0 for one for each physical core
 */
record BulkRequest(
        BulkModel model,
        SortedMap<String, String> sums,
        SampleRequest classes,
        PromptRequest prompts,
        EngineKind engine,
        Precision precision,
        int executorThreads)
        implements Serializable {
    /** The number of pictures. */
    int images() {
        return classes != null ? classes.images() : prompts.prompts().images();
    }
}
