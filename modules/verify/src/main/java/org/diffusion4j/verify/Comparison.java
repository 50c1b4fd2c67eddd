package org.diffusion4j.verify;

import java.util.List;

/**
 * The difference of a group of tensors from its reference.
 *
 * @param group the tensor's name, or a pattern for several tensors, such as {@code grad.*}
 * @param difference the largest absolute difference; NaN if there is none
 * @param ok whether every element is within the tolerance
 * @param remark a further remark; empty if there is none
 */
public record Comparison(String group, double difference, boolean ok, String remark) {
    static Comparison failed(String group, String remark) {
        return new Comparison(group, Double.NaN, false, remark);
    }

    /** Combines many tensors into one comparison: the worst one decides, and the first that fails is named. */
    static Comparison worst(String group, List<Comparison> each) {
        if (each.isEmpty()) {
            return failed(group, "no tensor to compare");
        }
        double difference = 0;
        boolean ok = true;
        String remark = "";
        for (Comparison one : each) {
            difference = Math.max(difference, one.difference);
            if (ok && !one.ok) {
                remark = one.group + (one.remark.isEmpty() ? "" : ": " + one.remark);
            }
            ok &= one.ok;
        }
        return new Comparison(group, difference, ok, remark);
    }
}
