package org.diffusion4j.engine.rewrite;

import org.diffusion4j.engine.ir.Node;
import org.diffusion4j.engine.ir.ShapeOp.Permute;
import org.diffusion4j.engine.ir.ShapeOp.Reshape;
import org.diffusion4j.engine.ir.ShapeOp.ToImage;

/**
 * Fuses the conversion of a sequence to an image, which costs nothing if the channels are last in memory.
 *
 * <pre>
 * sequence [N, H·W, C] → permute [N, C, H·W] → reshape [N, C, H, W]          sequence → ToImage
 * </pre>
 */
final class FuseToImage implements Rewrite {
    @Override
    public ToImage apply(Node last, Uses uses) {
        Permute permute = last.op() instanceof Reshape reshape ? uses.inner(reshape.x(), Permute.class) : null;
        if (permute == null || !FuseToSequence.swapsLastOfThree(permute)) {
            return null;
        }
        Reshape reshape = (Reshape) last.op();
        return FuseToSequence.isImageAsRows(last.output(), reshape.x()) ? new ToImage(permute.x()) : null;
    }
}
