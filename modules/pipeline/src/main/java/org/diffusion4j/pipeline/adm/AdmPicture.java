package org.diffusion4j.pipeline.adm;

import static org.diffusion4j.Requirement.require;

import java.util.ArrayList;
import java.util.List;
import org.diffusion4j.picture.GeneratedImage;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * A picture of a request.
 *
 * @param request the request
 * @param index the picture's number in it, from 0
 */
record AdmPicture(AdmRequest request, int index) {
    /**
     * The pictures of all requests in order.
     *
     * @throws IllegalArgumentException if there is no request, or they can't be drawn together
     */
    static List<AdmPicture> of(List<AdmRequest> requests) {
        require(!requests.isEmpty(), "requests", "at least one", "none");
        List<AdmPicture> pictures = new ArrayList<>();
        for (AdmRequest request : requests) {
            require(request.goesWith(requests.get(0)), "requests", "the same steps for all", "others");
            for (int i = 0; i < request.images(); i++) {
                pictures.add(new AdmPicture(request, i));
            }
        }
        return pictures;
    }

    /** Divides what was drawn of {@link #of} by the requests. */
    static List<List<GeneratedImage>> divided(List<AdmRequest> requests, List<GeneratedImage> images) {
        List<List<GeneratedImage>> divided = new ArrayList<>();
        int first = 0;
        for (AdmRequest request : requests) {
            divided.add(List.copyOf(images.subList(first, first + request.images())));
            first += request.images();
        }
        return divided;
    }

    long seed() {
        return request.seed() + index;
    }

    /** Its class; null if it has none. */
    Integer label() {
        return request.labels().isEmpty() ? null : request.labels().get(index);
    }

    /** A copy of what an upsampler enlarges for it, [1, C, h, w]. */
    INDArray lowRes() {
        INDArray all = request.lowRes();
        long image = all.size(0) == 1 ? 0 : index;
        return all.get(NDArrayIndex.interval(image, image + 1)).dup('c');
    }
}
