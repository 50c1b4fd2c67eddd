package org.diffusion4j.server.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.diffusion4j.data.SinglePicture;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.pipeline.prompt.Control;
import org.diffusion4j.pipeline.prompt.PictureSource;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What a pipeline of prompts is asked for: by one request of a client, or by several that are drawn together. */
final class TextRequests {
    private TextRequests() {}

    /** One client's request, of a known size. */
    static PromptRequest alone(DrawRequest request, SampleSize size) {
        PromptRequest.Builder drawn = settings(request, PromptRequest.of(request.prompt()), size)
                .imagesPerPrompt(request.images() == null ? 1 : request.images())
                .seed(request.seed());
        if (request.negativePrompt() != null) {
            drawn.negative(request.negativePrompt());
        }
        if (request.source() != null) {
            drawn.source(source(request.source(), size));
        }
        request.controls().forEach(control -> drawn.control(control(control, repeated(control.image(), size, 1))));
        return drawn.build();
    }

    /** One prompt for each picture. Each has pictures of its own to draw from, so that it depends on no other one. */
    static PromptRequest joined(List<DrawPlan.Part> parts) {
        List<String> prompts = new ArrayList<>();
        List<String> negative = new ArrayList<>();
        List<Long> seeds = new ArrayList<>();
        for (DrawPlan.Part part : parts) {
            DrawRequest request = request(part);
            prompts.addAll(Collections.nCopies(part.count(), request.prompt()));
            if (request.negativePrompt() != null) {
                negative.addAll(Collections.nCopies(part.count(), request.negativePrompt()));
            }
            LongStream.range(0, part.count()).forEach(image -> seeds.add(request.seed() + part.first() + image));
        }
        TextPlan first = (TextPlan) parts.get(0).plan();
        DrawRequest like = first.request();
        PromptRequest.Builder drawn = settings(like, PromptRequest.of(prompts), first.size())
                .negative(negative.toArray(new String[0]))
                .seeds(seeds);
        if (like.source() != null) {
            drawn.source(new PictureSource(
                    together(parts, first.size(), request -> request.source().image()),
                    like.source().mask() == null
                            ? null
                            : together(parts, first.size(), request -> request.source()
                                    .mask()),
                    like.source().strength()));
        }
        for (int i = 0; i < like.controls().size(); i++) {
            int number = i;
            drawn.control(control(like.controls().get(i), together(parts, first.size(), request -> request.controls()
                    .get(number)
                    .image())));
        }
        return drawn.build();
    }

    private static DrawRequest request(DrawPlan.Part part) {
        return ((TextPlan) part.plan()).request();
    }

    private static PromptRequest.Builder settings(DrawRequest request, PromptRequest.Builder drawn, SampleSize size) {
        return drawn.size(size.width(), size.height())
                .sampler(request.sampler())
                .steps(request.steps())
                .guidanceScale(request.guidance())
                .samplerOptions(request.samplerOptions())
                .clipSkip(request.clipSkip());
    }

    private static PictureSource source(SourcePicture from, SampleSize size) {
        return new PictureSource(
                repeated(from.image(), size, 1),
                from.mask() == null ? null : repeated(from.mask(), size, 1),
                from.strength());
    }

    private static Control control(DrawRequest.Control from, INDArray image) {
        return new Control(from.name(), image, from.scale(), 0, 1);
    }

    /** The pictures of all parts, one for each that is drawn, of one size. */
    private static INDArray together(
            List<DrawPlan.Part> parts, SampleSize size, Function<DrawRequest, SinglePicture> picture) {
        INDArray[] all = parts.stream()
                .map(part -> repeated(picture.apply(request(part)), size, part.count()))
                .toArray(INDArray[]::new);
        return all.length == 1 ? all[0] : Nd4j.concat(0, all);
    }

    private static INDArray repeated(SinglePicture picture, SampleSize size, int copies) {
        INDArray fitted = picture.fitted(size.width(), size.height()).values();
        return copies == 1
                ? fitted
                : Nd4j.concat(0, Collections.nCopies(copies, fitted).toArray(new INDArray[0]));
    }
}
