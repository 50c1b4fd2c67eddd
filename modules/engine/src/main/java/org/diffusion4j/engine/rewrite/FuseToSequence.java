package org.diffusion4j.engine.rewrite;

import java.util.Arrays;
import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.ShapeOp.Permute;
import org.diffusion4j.engine.ir.ShapeOp.Reshape;
import org.diffusion4j.engine.ir.ShapeOp.ToSequence;
import org.diffusion4j.engine.ir.Value;

/**
 * Fuses the conversion of an image to a sequence, which costs nothing if the channels are last in memory.
 *
 * <pre>
 * image [N, C, H, W] → reshape [N, C, H·W] → permute [N, H·W, C]          image → ToSequence
 * </pre>
 */
final class FuseToSequence implements Rewrite {
    @Override
    public ToSequence apply(Node last, Uses uses) {
        if (!(last.op() instanceof Permute permute) || !swapsLastOfThree(permute)) {
            return null;
        }
        Reshape reshape = uses.inner(permute.x(), Reshape.class);
        return reshape != null && isImageAsRows(reshape.x(), permute.x()) ? new ToSequence(reshape.x()) : null;
    }

    static boolean swapsLastOfThree(Permute permute) {
        return Arrays.equals(permute.order(), new int[] {0, 2, 1});
    }

    /** Whether [N, C, H·W] is the image [N, C, H, W] with fewer dimensions. A bilinear resampling looks similar. */
    static boolean isImageAsRows(Value image, Value rows) {
        return image.rank() == 4
                && rows.rank() == 3
                && rows.size(0) == image.size(0)
                && rows.size(1) == image.size(1)
                && rows.size(2) == image.size(2) * image.size(3);
    }
}
