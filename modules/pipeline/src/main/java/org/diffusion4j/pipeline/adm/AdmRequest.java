package org.diffusion4j.pipeline.adm;

import static org.diffusion4j.Requirement.require;
import static org.diffusion4j.Requirement.requireWithin;

import java.util.List;
import org.diffusion4j.diffusion.respaced.Respacing;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * What is to be drawn by a network of guided-diffusion, and how.
 *
 * @param images the number of images, 1 to 1,000,000
 * @param labels the class of each image; empty if there are none
 * @param seed the seed of the first image; image i has seed + i
 * @param respacing which timesteps are visited; without effect, like what else is said of DDPM and DDIM, if the network was trained as in
 *     Karras et al. 2022
 * @param ddim whether the steps are those of DDIM, in place of DDPM
 * @param eta how much noise a step of DDIM adds, in [0, 1]
 * @param classifierScale how strongly a classifier guides; without effect if there is none
 * @param edm the steps of a network that was trained as in Karras et al. 2022; without effect on another one
 * @param lowRes the images that an upsampler enlarges, [1 or images, C, h, w] in [-1, 1], which stay the caller's; null for another
 *     network
 */
public record AdmRequest(
        int images,
        List<Integer> labels,
        long seed,
        Respacing respacing,
        boolean ddim,
        double eta,
        double classifierScale,
        EdmSteps edm,
        INDArray lowRes) {
    private static final int MOST_IMAGES = 1_000_000;

    /** The number of steps that guided-diffusion's examples take. */
    private static final int USUAL_STEPS = 250;

    /** Checks what can be checked without a model. */
    public AdmRequest {
        labels = List.copyOf(labels);
        requireWithin("images", 1, MOST_IMAGES, images);
        require(labels.isEmpty() || labels.size() == images, "labels", "one per image (" + images + ")", labels.size());
        require(eta >= 0 && eta <= 1, "eta", "a number in [0, 1]", eta);
        require(ddim || eta == 0, "eta", "0, as only ddim takes it", eta);
        require(Double.isFinite(classifierScale), "classifier scale", "a finite number", classifierScale);
        require(
                lowRes == null || (lowRes.rank() == 4 && (lowRes.size(0) == 1 || lowRes.size(0) == images)),
                "low res",
                "one image, or one for each of " + images,
                lowRes == null ? "none" : lowRes.size(0));
    }

    /**
     * A request for images of classes by DDPM in 250 steps.
     *
     * @param labels the class of each image
     * @return a request with seed 0 and a classifier's scale of 1
     */
    public static AdmRequest ofClasses(List<Integer> labels) {
        return new AdmRequest(labels.size(), labels, 0, Respacing.of(USUAL_STEPS), false, 0, 1, EdmSteps.USUAL, null);
    }

    /**
     * A request for images without classes by DDPM in 250 steps.
     *
     * @param images their number
     * @return a request with seed 0
     */
    public static AdmRequest ofImages(int images) {
        return new AdmRequest(images, List.of(), 0, Respacing.of(USUAL_STEPS), false, 0, 1, EdmSteps.USUAL, null);
    }

    /**
     * Some of the pictures.
     *
     * @param first the first of them, from 0
     * @param count how many, at least 1
     * @return a request for the same pictures
     */
    public AdmRequest part(int first, int count) {
        return new AdmRequest(
                count,
                labels.isEmpty() ? labels : labels.subList(first, first + count),
                seed + first,
                respacing,
                ddim,
                eta,
                classifierScale,
                edm,
                lowRes == null || lowRes.size(0) == 1
                        ? lowRes
                        : lowRes.get(NDArrayIndex.interval(first, first + count)));
    }

    /**
     * Whether pictures of both can be drawn in one batch.
     *
     * @param other a request of the same network
     * @return whether they differ only in what each picture has of its own
     */
    public boolean goesWith(AdmRequest other) {
        return labels.isEmpty() == other.labels.isEmpty()
                && respacing.equals(other.respacing)
                && ddim == other.ddim
                && eta == other.eta
                && classifierScale == other.classifierScale
                && edm.equals(other.edm)
                && (lowRes == null) == (other.lowRes == null);
    }

    /**
     * The same request with other noise.
     *
     * @param first the seed of the first image
     * @return the changed request
     */
    public AdmRequest withSeed(long first) {
        return new AdmRequest(images, labels, first, respacing, ddim, eta, classifierScale, edm, lowRes);
    }

    /**
     * The same request by other steps.
     *
     * @param timesteps which timesteps are visited
     * @param withDdim whether the steps are those of DDIM
     * @param noise how much noise a step of DDIM adds
     * @return the changed request
     */
    public AdmRequest withSteps(Respacing timesteps, boolean withDdim, double noise) {
        return new AdmRequest(images, labels, seed, timesteps, withDdim, noise, classifierScale, edm, lowRes);
    }

    /**
     * The same request by other steps of a network that was trained as in Karras et al. 2022.
     *
     * @param steps the steps
     * @return the changed request
     */
    public AdmRequest withEdmSteps(EdmSteps steps) {
        return new AdmRequest(images, labels, seed, respacing, ddim, eta, classifierScale, steps, lowRes);
    }

    /**
     * The same request with another strength of guidance.
     *
     * @param scale what the classifier's gradient is multiplied by
     * @return the changed request
     */
    public AdmRequest withClassifierScale(double scale) {
        return new AdmRequest(images, labels, seed, respacing, ddim, eta, scale, edm, lowRes);
    }

    /**
     * The same request with images to enlarge.
     *
     * @param small [1 or images, C, h, w] in [-1, 1]
     * @return the changed request
     */
    public AdmRequest withLowRes(INDArray small) {
        return new AdmRequest(images, labels, seed, respacing, ddim, eta, classifierScale, edm, small);
    }
}
