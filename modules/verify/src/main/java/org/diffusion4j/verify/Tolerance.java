package org.diffusion4j.verify;

import java.util.Arrays;
import java.util.Locale;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Two tensors agree if |a - b| ≤ atol·max(floor, max|b|) + rtol·|b| + slack for every element, where b is the reference.
 *
 * @param atol the absolute tolerance, as a share of the tensor's largest value
 * @param rtol the tolerance relative to each element
 * @param floor the least value of which atol is a share
 * @param slack what every element may differ by in addition
 */
record Tolerance(double atol, double rtol, double floor, double slack) {
    Tolerance(double atol, double rtol, double floor) {
        this(atol, rtol, floor, 0);
    }

    /** The same tolerance with another absolute share. */
    Tolerance withAtol(double other) {
        return new Tolerance(other, rtol, floor, slack);
    }

    /** A plain absolute tolerance. */
    static Tolerance absolute(double atol) {
        // max(floor, max|b|) is to be 1: that needs the share to be of 1 whatever b is, which Comparison asks by rtol
        // 0.
        return new Tolerance(atol, 0, Double.NaN);
    }

    /** Compares two tensors; {@code group} is the name of the comparison. */
    Comparison compare(String group, INDArray actual, INDArray reference) {
        if (!Arrays.equals(actual.shape(), reference.shape())) {
            return Comparison.failed(
                    group,
                    String.format(
                            Locale.ROOT,
                            "expected shape %s, found %s",
                            Arrays.toString(reference.shape()),
                            Arrays.toString(actual.shape())));
        }
        double[] a = actual.dup('c').castTo(DataType.DOUBLE).data().asDouble();
        double[] b = reference.dup('c').castTo(DataType.DOUBLE).data().asDouble();
        double largest = 0;
        for (double value : b) {
            largest = Math.max(largest, Math.abs(value));
        }
        double scale = Double.isNaN(floor) ? 1 : Math.max(floor, largest);
        double difference = 0;
        boolean ok = true;
        for (int i = 0; i < b.length; i++) {
            // Equal infinities agree, but a NaN agrees with nothing.
            double d = a[i] == b[i] ? 0 : Math.abs(a[i] - b[i]);
            ok &= d <= atol * scale + rtol * Math.abs(b[i]) + slack;
            difference = Double.isNaN(d) ? Double.NaN : Math.max(difference, d);
        }
        return new Comparison(group, difference, ok, "");
    }
}
