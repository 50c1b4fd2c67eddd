package org.diffusion4j.cli;

import java.util.List;
import java.util.Locale;
import org.diffusion4j.data.SinglePicture;
import org.diffusion4j.diffusion.respaced.Respacing;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.picture.GeneratedImage;
import org.diffusion4j.pipeline.adm.AdmPipeline;
import org.diffusion4j.pipeline.adm.AdmRequest;
import org.diffusion4j.pipeline.adm.ClassifierGradient;
import org.diffusion4j.weights.adm.AdmModel;
import org.nd4j.linalg.api.ndarray.INDArray;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Draws pictures with a network of guided-diffusion. */
final class AdmSampling implements AutoCloseable {
    private final CommandSpec spec;
    private final AdmModel model;
    private final AdmModel classifier;
    private final AdmPipeline pipeline;
    private final INDArray lowRes;

    private AdmSampling(CommandSpec spec, AdmModel model, AdmModel classifier, AdmPipeline pipeline, INDArray lowRes) {
        this.spec = spec;
        this.model = model;
        this.classifier = classifier;
        this.pipeline = pipeline;
        this.lowRes = lowRes;
    }

    static AdmSampling open(
            CommandSpec spec, AdmModel model, AdmOptions options, EngineOption engine, PrecisionOption precision) {
        requireLowRes(spec, model.unet().superResolution(), options);
        AdmModel classifier = options.openClassifier();
        SinglePicture small = options.lowRes() == null
                ? null
                : SinglePicture.read(options.lowRes(), model.unet().inChannels());
        AdmPipeline pipeline = AdmPipeline.of(
                model,
                classifier,
                small == null ? null : new SampleSize(small.height(), small.width()),
                graph -> precision.open(engine, graph),
                ClassifierGradient.Opener.of(engine.kind(), engine.threads()));
        INDArray lowRes = small == null ? null : small.values().muli(2).subi(1);
        return new AdmSampling(spec, model, classifier, pipeline, lowRes);
    }

    private static void requireLowRes(CommandSpec spec, boolean upsampler, AdmOptions options) {
        if (upsampler != (options.lowRes() != null)) {
            throw new ParameterException(
                    spec.commandLine(),
                    upsampler
                            ? "--low-res: expected a picture to enlarge, as the network is an upsampler, found none"
                            : "--low-res: expected none, as the network is no upsampler, found " + options.lowRes());
        }
    }

    /** The number of classes that can be asked for. */
    int classes() {
        return pipeline.classes();
    }

    SampleSize size() {
        return pipeline.size();
    }

    /** The request by the steps that were asked for, once it is checked. */
    AdmRequest checked(AdmRequest request, SamplingOptions sampling, AdmOptions options) {
        AdmRequest whole;
        try {
            whole = (model.process().preconditioning() != null
                            ? edm(request, sampling, options)
                            : respaced(request, sampling, options))
                    .withClassifierScale(options.classifierScale())
                    .withLowRes(lowRes);
        } catch (IllegalArgumentException e) {
            // A request's values are named like the options that they come from.
            String[] parts = e.getMessage().split(":", 2);
            throw new ParameterException(spec.commandLine(), "--" + parts[0].replace(' ', '-') + ":" + parts[1], e);
        }
        pipeline.check(whole);
        return whole;
    }

    private AdmRequest edm(AdmRequest request, SamplingOptions sampling, AdmOptions options) {
        if (options.respacing() != null) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--respacing: expected none for a network of prediction_type edm, found " + options.respacing());
        }
        return request.withEdmSteps(sampling.edmSteps(request.edm()));
    }

    private AdmRequest respaced(AdmRequest request, SamplingOptions sampling, AdmOptions options) {
        sampling.requireOnlySteps();
        boolean ddim = sampling.isDdim();
        Integer steps = sampling.steps();
        if (steps != null && options.respacing() != null) {
            throw new ParameterException(
                    spec.commandLine(), "--respacing: expected no --steps beside it, found " + steps);
        }
        Respacing respacing = options.respacing();
        if (respacing == null && steps != null) {
            respacing = ddim ? Respacing.even(steps) : Respacing.of(steps);
        }
        if (respacing == null) {
            Respacing own = model.process().respacing();
            respacing = own == null ? request.respacing() : own;
        }
        return request.withSteps(respacing, ddim, sampling.eta() == null ? 0 : sampling.eta());
    }

    List<GeneratedImage> draw(AdmRequest request) {
        try (ShownProgress progress = ShownProgress.on(spec.commandLine().getErr())) {
            return pipeline.sample(request, progress);
        }
    }

    String summary(String out, AdmRequest request, double seconds) {
        int steps = pipeline.check(request);
        return String.format(
                Locale.ROOT,
                "%s: %s by %s in %d steps, %.1f s",
                out,
                request.images() == 1 ? "1 image" : request.images() + " images",
                pipeline.samplerName(request),
                steps,
                seconds);
    }

    @Override
    public void close() {
        pipeline.close();
        model.close();
        if (classifier != null) {
            classifier.close();
        }
    }
}
