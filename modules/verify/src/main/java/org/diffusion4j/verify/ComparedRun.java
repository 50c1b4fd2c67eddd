package org.diffusion4j.verify;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.diffusion.sampler.Sampler;
import org.diffusion4j.graph.unet2dcondition.UNet2DConditionGraph;
import org.diffusion4j.picture.Pixels;
import org.diffusion4j.pipeline.SamplingStep;
import org.diffusion4j.pipeline.prompt.PromptListener;
import org.diffusion4j.pipeline.prompt.PromptPlan;
import org.diffusion4j.pipeline.prompt.PromptProgress;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Compares all that a pipeline's run does with the tensors of the run's name. */
final class ComparedRun implements PromptListener {
    /** The noise is PyTorch's, up to the last bits of its logarithms, sines and cosines. */
    private static final Tolerance NOISE = Tolerance.absolute(2e-6);

    private final ReferenceCase reference;
    private final String prefix;
    private final Tolerance tolerance;
    private final Map<String, List<Comparison>> groups = new LinkedHashMap<>();
    private final Set<String> compared = new HashSet<>();
    private int draws;

    /** @param run the run's name */
    ComparedRun(ReferenceCase reference, String run, Tolerance tolerance) {
        this.reference = reference;
        this.prefix = run + ".";
        this.tolerance = tolerance;
    }

    /** Compares the points that a plan's walk visits; {@code points} has them as the case says. */
    void compare(PromptPlan plan, CaseOptions points) {
        double[] all = plan.sampler().timesteps();
        double[] visited = Arrays.copyOfRange(all, plan.firstStep(), all.length);
        compare("timesteps", visited, points.numbers("timesteps"), Tolerance.absolute(1e-3));
        Sampler sampler = plan.sampler();
        Tolerance relative = new Tolerance(1e-6, 1e-5, 1);
        double[] sigma = {sampler.initNoiseSigma()};
        compare("init_noise_sigma", sigma, List.of(points.number("init_noise_sigma")), relative);
    }

    private void compare(String group, double[] found, List<Double> expected, Tolerance by) {
        double[] wanted = expected.stream().mapToDouble(Double::doubleValue).toArray();
        add(group, by.compare(prefix + group, Nd4j.createFromArray(found), Nd4j.createFromArray(wanted)));
    }

    private void add(String group, Comparison comparison) {
        groups.computeIfAbsent(group, any -> new ArrayList<>()).add(comparison);
    }

    private void compare(String group, String name, INDArray found, Tolerance by) {
        compared.add(prefix + name);
        add(group, by.compare(name, found, reference.tensor(prefix + name)));
    }

    private boolean has(String name) {
        return reference.has(prefix + name);
    }

    @Override
    public void drew(INDArray noise) {
        if (has("draw.0")) {
            compare("draws", "draw." + draws++, noise, NOISE);
        }
    }

    @Override
    public void started(INDArray latents) {
        compare("start", "start", latents, tolerance);
    }

    @Override
    public void entered(SamplingStep step, Map<String, INDArray> inputs) {
        if (step.number() > 1) {
            return;
        }
        inputs.forEach((name, input) -> {
            if (has("unet_in." + name)) {
                compare("unet_in", "unet_in." + name, input, tolerance);
            }
        });
        for (int k = 0; has("controlnet.down." + k); k++) {
            compareResidual("controlnet.down." + k, inputs.get(UNet2DConditionGraph.downResidual(k)));
        }
        if (has("controlnet.mid")) {
            compareResidual("controlnet.mid", inputs.get(UNet2DConditionGraph.MIDDLE_RESIDUAL));
        }
    }

    /** Of residuals for both halves of the batch the case has those of the second half, if there are none for the first. */
    private void compareResidual(String name, INDArray residual) {
        long missing = residual.size(0) - reference.tensor(prefix + name).size(0);
        if (missing > 0) {
            INDArray first = residual.get(NDArrayIndex.interval(0, missing)).dup('c');
            add("controlnet", Tolerance.absolute(0).compare(name, first, Nd4j.zerosLike(first)));
        }
        INDArray rest = residual.get(NDArrayIndex.interval(missing, residual.size(0)));
        compare("controlnet", name, rest.dup('c'), tolerance);
    }

    @Override
    public void stepped(PromptProgress progress, INDArray modelOutput, INDArray latents, INDArray denoised) {
        int step = progress.step().number() - 1;
        if (has("noise_pred.0")) {
            compare("noise_pred", "noise_pred." + step, modelOutput, tolerance);
        }
        compare("latents", "latents." + step, latents, tolerance);
        if (progress.step().number() == progress.step().steps() && has("denoised")) {
            compare("denoised", "denoised", denoised, tolerance);
        }
    }

    @Override
    public void decoded(int first, INDArray pictures) {
        compare("decoded", "decoded", pictures, tolerance);
        compare("image", "image", Pixels.toUnitRange(pictures), tolerance);
        if (has("image_u8")) {
            byte[][] bytes = Pixels.toBytes(pictures);
            INDArray found = Nd4j.create(DataType.FLOAT, pictures.size(0), pictures.size(2), pictures.size(3), 3);
            for (int i = 0; i < found.length(); i++) {
                found.putScalar(i, bytes[i / bytes[0].length][i % bytes[0].length] & 0xff);
            }
            compared.add(prefix + "image_u8");
            INDArray stored = reference.tensor(prefix + "image_u8").castTo(DataType.FLOAT);
            add("image", Tolerance.absolute(1).compare("image_u8", found, stored));
        }
    }

    /** One comparison for each group, and a failed one if the case has a tensor that the run doesn't come to. */
    List<Comparison> result() {
        List<Comparison> result = new ArrayList<>();
        groups.forEach((group, all) -> result.add(Comparison.worst(prefix + group, all)));
        reference.tensors().keySet().stream()
                .filter(name -> name.startsWith(prefix) && !compared.contains(name))
                .filter(name -> !isOfAnotherRun(name))
                .forEach(name -> result.add(Comparison.failed(name, "the run has no such tensor")));
        return result;
    }

    /** A run's name may be the beginning of another's. */
    private boolean isOfAnotherRun(String tensor) {
        for (var runs = reference.setting("runs").fieldNames(); runs.hasNext(); ) {
            String run = runs.next() + ".";
            if (run.length() > prefix.length() && tensor.startsWith(run)) {
                return true;
            }
        }
        return false;
    }
}
