package org.diffusion4j.verify;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongToDoubleFunction;
import java.util.stream.LongStream;
import org.diffusion4j.Diffusion4jException;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Learning rates and decays of the moving average, step by step. */
final class LearningRateCase {
    private static final String EMA = "ema.";

    private LearningRateCase() {}

    static List<Comparison> verify(ReferenceCase reference) {
        CaseOptions whole = reference.whole();
        double base = whole.number("base_lr");
        int warmupSteps = whole.integer("num_warmup_steps");
        int totalSteps = whole.integer("num_training_steps");
        JsonNode options = reference.setting("options");
        Set<String> names = new TreeSet<>(reference.tensors().keySet());
        options.fieldNames().forEachRemaining(names::add);
        List<Comparison> result = new ArrayList<>();
        for (String name : names) {
            CaseOptions own = new CaseOptions(reference, name, options.path(name));
            LongToDoubleFunction schedule;
            try {
                schedule = name.startsWith(EMA)
                        ? ScheduleOptions.emaDecay(own)::at
                        : ScheduleOptions.learningRate(
                                name,
                                base,
                                own.integer("num_warmup_steps", warmupSteps),
                                own.integer("num_training_steps", totalSteps),
                                own)::at;
            } catch (IllegalArgumentException e) {
                throw new Diffusion4jException(
                        String.format(
                                Locale.ROOT,
                                "%s, '%s': %s",
                                reference.folder().resolve("case.json"),
                                name,
                                e.getMessage()),
                        e);
            }
            own.checkNothingIgnored();
            INDArray expected = reference.tensor(name);
            double[] found =
                    LongStream.range(0, expected.length()).mapToDouble(schedule).toArray();
            result.add(reference.tolerance().compare(name, Nd4j.createFromArray(found), expected));
        }
        return result;
    }
}
