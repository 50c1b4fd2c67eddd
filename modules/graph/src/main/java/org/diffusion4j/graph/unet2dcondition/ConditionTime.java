package org.diffusion4j.graph.unet2dcondition;

import static org.diffusion4j.Requirement.require;
import static org.diffusion4j.graph.OptionCheck.countable;
import static org.diffusion4j.graph.OptionCheck.countableOrNull;

import org.diffusion4j.graph.option.AdditionEmbedType;
import org.diffusion4j.graph.option.ConditionClassEmbedType;
import org.diffusion4j.graph.option.TimeEmbeddingType;

/**
 * The widths of what enters the blocks of a conditional U-Net as the embedding of the timestep and more.
 *
 * @param first the width of the first level
 * @param type positional or fourier
 * @param given the width of the time MLP; null for the type's usual one
 * @param freqShift of the positional embedding
 * @param condition the width of a further vector that enters it; null for none
 * @param classType how class labels are embedded; null for a table, if there are classes
 * @param classes rows of the table; null for none
 * @param concat whether the class embedding is appended instead of added
 * @param projection the width of labels that are projected, or of all that text_time takes
 * @param addition what is added; null for nothing
 * @param additionTime the width of the sinusoids of each of text_time's numbers
 * @param poolHeads heads of the attention that pools a text
 * @param context where a text or an image comes from
 */
record ConditionTime(
        int first,
        TimeEmbeddingType type,
        Integer given,
        double freqShift,
        Integer condition,
        ConditionClassEmbedType classType,
        Integer classes,
        boolean concat,
        Integer projection,
        AdditionEmbedType addition,
        Integer additionTime,
        int poolHeads,
        ConditionContext context) {
    /** The size of a picture before and after cropping and the crop's place: what Stable Diffusion XL is told. */
    private static final int USUAL_NUMBERS = 6;
    /** The refiner of Stable Diffusion XL is told an aesthetic score in place of the size after cropping. */
    private static final int REFINER_NUMBERS = 5;

    private static final String PROJECTION = "projection_class_embeddings_input_dim";

    void check() {
        countableOrNull("time_embedding_dim", given);
        countableOrNull("time_cond_proj_dim", condition);
        countableOrNull("num_class_embeds", classes);
        countableOrNull(PROJECTION, projection);
        countableOrNull("addition_time_embed_dim", additionTime);
        countable("addition_embed_type_num_heads", poolHeads);
        switch (type) {
            case POSITIONAL -> checkSinusoid("block_out_channels", first);
            case FOURIER -> require(width() % 2 == 0, "time_embedding_dim", "an even number for fourier", width());
            case INTERLEAVED, LEARNED ->
                require(false, "time_embedding_type", "positional or fourier", type.configName());
        }
        require(
                classType == null || classes == null,
                "class_embed_type",
                "null if num_class_embeds is given",
                classType == null ? null : classType.configName());
        boolean projects = classType == ConditionClassEmbedType.PROJECTION
                || classType == ConditionClassEmbedType.SIMPLE_PROJECTION;
        require(!projects || projection != null, PROJECTION, "a number, as class labels are projected", null);
        if (concat) {
            require(hasClasses(), "class_embeddings_concat", "false, as there are no classes", true);
            require(addition == null, "class_embeddings_concat", "false, as there is an addition_embed_type", true);
        }
        if (addition != null) {
            checkAddition();
        }
    }

    private void checkSinusoid(String option, int width) {
        require(width >= 2, option, "at least 2 for sinusoids", width);
        require(
                Double.isFinite(freqShift) && freqShift < Math.floorDiv(width, 2),
                "freq_shift",
                "less than half the embedding's width (" + width / 2 + ")",
                freqShift);
    }

    private void checkAddition() {
        switch (addition) {
            case TEXT ->
                require(
                        context.textWidth() % poolHeads == 0,
                        "addition_embed_type_num_heads",
                        "a divisor of the text's width " + context.textWidth(),
                        poolHeads);
            case TEXT_TIME -> {
                require(additionTime != null, "addition_time_embed_dim", "a number for text_time", null);
                require(projection != null, PROJECTION, "a number for text_time", null);
                checkSinusoid("addition_time_embed_dim", additionTime);
                require(
                        textWidth(REFINER_NUMBERS) > 0,
                        PROJECTION,
                        "more than the " + REFINER_NUMBERS + " sinusoids of " + additionTime,
                        projection);
            }
            case IMAGE, IMAGE_HINT ->
                require(context.given() != null, "encoder_hid_dim", "the width of the image's embedding", null);
            case TEXT_IMAGE -> {}
        }
        boolean image = addition == AdditionEmbedType.TEXT_IMAGE
                || addition == AdditionEmbedType.IMAGE
                || addition == AdditionEmbedType.IMAGE_HINT;
        require(
                !image || !context.hasImage() || imageWidth() == context.imageWidth(),
                "encoder_hid_dim",
                "the same width of the image's embedding, " + context.imageWidth() + ", for addition_embed_type",
                image ? imageWidth() : null);
    }

    /** The width of the time MLP. */
    int width() {
        return given != null ? given : type == TimeEmbeddingType.FOURIER ? 2 * first : 4 * first;
    }

    /** The width of what enters it. */
    int inputWidth() {
        return type == TimeEmbeddingType.FOURIER ? width() : first;
    }

    /** The width of the embedding that enters the blocks. */
    int blocksWidth() {
        return concat ? 2 * width() : width();
    }

    boolean hasClasses() {
        return classType != null || classes != null;
    }

    /** The numbers that text_time takes besides the text, if nobody says how many. */
    int usualNumbers() {
        return textWidth(REFINER_NUMBERS) == context.width() || textWidth(USUAL_NUMBERS) < 1
                ? REFINER_NUMBERS
                : USUAL_NUMBERS;
    }

    /** The width of text_time's text, where it takes as many numbers. */
    int textWidth(int numbers) {
        return Math.toIntExact(projection - (long) numbers * additionTime);
    }

    /** The width of the image's embedding that is added. */
    int imageWidth() {
        return addition == AdditionEmbedType.TEXT_IMAGE ? context.width() : context.given();
    }
}
