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

    /** The number of classes that can be asked for. */
    int classes() {
        return pipeline.classes();
    }

    SampleSize size() {
        return pipeline.size();
    }

    /** The request by the steps that were asked for, once it is checked. */
    AdmRequest checked(AdmRequest request, SamplingOptions sampling, AdmOptions options) {
        sampling.requireOnlySteps();
        boolean ddim = sampling.isDdim();
        Integer steps = sampling.steps();
        if (steps != null && options.respacing() != null) {
            throw new ParameterException(
                    spec.commandLine(), "--respacing: expected no --steps beside it, found " + steps);
        }
        Respacing respacing = options.respacing();
        if (respacing == null) {
            respacing = steps == null ? request.respacing() : ddim ? Respacing.even(steps) : Respacing.of(steps);
        }
        AdmRequest whole;
        try {
            whole = request.withSteps(respacing, ddim, sampling.eta() == null ? 0 : sampling.eta())
                    .withClassifierScale(options.classifierScale())
                    .withLowRes(lowRes);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(), "--" + e.getMessage().replaceFirst(" ", "-"), e);
        }
        pipeline.check(whole);
        return whole;
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
                request.ddim() ? "ddim" : "ddpm",
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
