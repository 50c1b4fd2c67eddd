package org.diffusion4j.server.model;

import java.util.List;
import java.util.Map;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.pipeline.adm.AdmRequest;

/**
 * What a network of guided-diffusion draws.
 *
 * @param request the pipeline's request
 * @param steps how often the network runs for each picture
 * @param size the pictures' size
 * @param settings the settings in words
 */
record AdmPlan(AdmRequest request, int steps, SampleSize size, Map<String, String> settings) implements DrawPlan {
    @Override
    public int images() {
        return request.images();
    }

    @Override
    public List<String> notes() {
        return List.of();
    }

    @Override
    public boolean goesWith(DrawPlan other) {
        return other instanceof AdmPlan with && request.goesWith(with.request);
    }
}
