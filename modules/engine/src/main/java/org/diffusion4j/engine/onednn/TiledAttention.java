package org.diffusion4j.engine.onednn;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.diffusion4j.engine.ir.AttentionOp.Attention;
import org.diffusion4j.kernels.Kernels;

/**
 * Attention of many keys without gradients: for some queries of a head, tile by tile of its keys, with each row's largest
 * score and sum so far (Dao et al. 2022, arXiv:2205.14135). A tile's scores stay in a core's own cache. Those of a
 * {@link BlockAttention} don't, which takes longer; but its softmax is whole, as gradients need it.
 */
final class TiledAttention implements Step {
    /** The number of scores of a tile: 256 kB. */
    private static final int SCORES = 1 << 16;
    /** With fewer queries, the keys would be packed too often for the products. */
    private static final int QUERIES = 256;

    /** The widest vectors have so many numbers. */
    static final int LANES = 16;

    private final AttentionForm form;
    private final Size size;
    private final Buffer y;
    private final List<AttentionTiles> tiles = new ArrayList<>();

    /**
     * The size of a tile.
     *
     * @param queries its rows
     * @param keys its columns
     */
    record Size(int queries, int keys) {
        static Size of(AttentionForm form) {
            int queries = Math.toIntExact(Math.min(form.s(), QUERIES));
            return new Size(queries, Math.toIntExact(Math.min(form.l(), (long) (SCORES / queries / LANES) * LANES)));
        }
    }

    private TiledAttention(AttentionForm form, Buffer y) {
        this.form = form;
        this.size = Size.of(form);
        this.y = y;
    }

    /**
     * Whether this is faster than a {@link BlockAttention}: with several tiles of keys, and vectors for the powers.
     *
     * @param op an attention in blocks
     */
    static boolean isFor(Attention op) {
        AttentionForm form = AttentionForm.of(op);
        return Kernels.best().areVectors() && !op.causal() && form.l() > Size.of(form).keys;
    }

    /**
     * The forward pass.
     *
     * @param op the attention
     * @param x its sequences
     * @param keyBias its keys' bias; null for none
     * @param y gets the result
     */
    static TiledAttention forward(
            Primitives primitives, Attention op, BlockAttention.Sequences x, Buffer keyBias, Buffer y) {
        TiledAttention step = new TiledAttention(AttentionForm.of(op), y);
        for (int thread = 0; thread < (step.blocks() > 1 ? primitives.team() : 1); thread++) {
            step.tiles.add(new AttentionTiles(primitives, op, step.size, x, keyBias, y));
        }
        return step;
    }

    private int blocksOfHead() {
        return Math.toIntExact((form.s() + size.queries - 1) / size.queries);
    }

    private int blocks() {
        return Math.toIntExact(form.n() * form.h() * blocksOfHead());
    }

    @Override
    public List<Buffer> buffers() {
        return Stream.concat(Stream.of(y), tiles.stream().flatMap(AttentionTiles::buffers))
                .distinct()
                .toList();
    }

    @Override
    public void bind() {
        tiles.forEach(AttentionTiles::bind);
    }

    @Override
    public void run() {
        Stage.run(stages());
    }

    @Override
    public List<Stage> stages() {
        Stage begin = Stage.whole(() -> tiles.forEach(AttentionTiles::begin));
        return tiles.size() == 1
                ? List.of(begin, Stage.whole(this::runAll))
                : List.of(begin, new Stage(blocks(), this::run));
    }

    private void runAll() {
        for (int block = 0; block < blocks(); block++) {
            run(block, 0);
        }
    }

    private void run(int block, int thread) {
        int ofHead = blocksOfHead();
        long head = block / ofHead % form.h();
        long image = block / ofHead / form.h();
        tiles.get(thread).run(image, head, (long) (block % ofHead) * size.queries);
    }
}
