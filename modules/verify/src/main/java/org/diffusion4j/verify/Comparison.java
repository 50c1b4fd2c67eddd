package org.diffusion4j.verify;

import java.util.List;

/**
 * How far one group of tensors is from its reference.
 *
 * @param group the tensor's name, or that of several of a kind, such as {@code grad.*}
 * @param difference the largest absolute difference; NaN where there is none to give
 * @param ok whether every element is within the tolerance
 * @param remark what else is to say; empty if nothing is
 */
public record Comparison(String group, double difference, boolean ok, String remark) {
    static Comparison failed(String group, String remark) {
        return new Comparison(group, Double.NaN, false, remark);
    }

    /** Many tensors as one line: the worst one decides, and the first that fails is named. */
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
