package org.diffusion4j.training;

import static org.diffusion4j.Requirement.requireGiven;

import java.util.Locale;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureSource;
import org.diffusion4j.diffusion.sampler.BetaSchedulerConfig;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.graph.SampleSize;
import org.diffusion4j.graph.UNetConfig;
import org.diffusion4j.graph.option.NormType;
import org.diffusion4j.weights.diffusers.DiffusersModel;

/** Checks whether a model can learn from pictures, before anything is computed. */
public final class TrainingChecks {
    /** A batch is put together in one of Java's, which some JVMs have a few elements less for. */
    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

    private TrainingChecks() {}

    /**
     * Checks that a model, pictures and a plan go together.
     *
     * @param model what is to be trained
     * @param pictures what it is to learn
     * @param plan how
     * @throws Diffusion4jException if they don't; the message says what was expected and what was found
     */
    public static void check(DiffusersModel model, PictureSource pictures, TrainingPlan plan) {
        UNetConfig config = model.config();
        require(model.scheduler() != null, "a model with a noise schedule", "a bare U-Net");
        SchedulerConfig scheduler = model.scheduler();
        require(
                scheduler instanceof BetaSchedulerConfig,
                "a scheduler with a table of betas, as the noise of a training step is one of its",
                scheduler.kind().className());
        checkPrediction(scheduler, plan);
        require(config.sampleSize() != null, "a model with a sample_size", "null");
        int buckets = pictures.buckets().size();
        require(buckets == 1, "pictures of one size, as the model doesn't read texts", buckets + " buckets");
        SampleSize size = config.sampleSize();
        PictureSource sized = pictures.buckets().get(0);
        require(
                size.height() == sized.height() && size.width() == sized.width(),
                String.format(Locale.ROOT, "pictures of the model's size, %dx%d", size.width(), size.height()),
                String.format(Locale.ROOT, "%dx%d", sized.width(), sized.height()));
        require(
                config.inChannels() == pictures.channels(),
                String.format(Locale.ROOT, "pictures of the model's %d channels", config.inChannels()),
                pictures.channels());
        require(
                config.outChannels() == config.inChannels(),
                String.format(Locale.ROOT, "a model that gives as many channels as it takes, %d", config.inChannels()),
                config.outChannels() + " (a learned variance is not trained here)");
        require(config.crossAttentionDim() == null, "a model without cross-attention", "one that wants texts");
        require(config.classEmbedType() == null, "class labels by a table or none", config.classEmbedType());
        require(
                config.normType() != NormType.BATCH,
                "a normalisation that trains and draws alike",
                "batch norm, whose running statistics no one keeps");
        long values = (long) plan.batchSize() * pictures.channels() * pictures.height() * pictures.width();
        require(
                values <= LARGEST_ARRAY,
                "a batch of at most " + LARGEST_ARRAY / (values / plan.batchSize()) + " such pictures",
                plan.batchSize());
        checkClasses(model, pictures, plan);
        checkFrozen(model, plan);
    }

    private static void checkPrediction(SchedulerConfig scheduler, TrainingPlan plan) {
        try {
            plan.predicting(scheduler);
        } catch (IllegalArgumentException e) {
            throw new Diffusion4jException("training: " + e.getMessage(), e);
        }
    }

    private static void checkFrozen(DiffusersModel model, TrainingPlan plan) {
        for (String pattern : plan.frozen()) {
            require(
                    model.tensors().keySet().stream().anyMatch(name -> name.matches(pattern)),
                    String.format(Locale.ROOT, "a parameter to freeze whose name matches '%s'", pattern),
                    "none");
        }
        require(model.tensors().keySet().stream().anyMatch(plan::trains), "a parameter that isn't frozen", "none");
    }

    private static void checkClasses(DiffusersModel model, PictureSource pictures, TrainingPlan plan) {
        int classes = pictures.classNames().size();
        if (!model.config().wantsClassLabels()) {
            require(classes == 0, "pictures without classes, as the model has none", classes + " classes");
            return;
        }
        int embeddings = model.config().numClassEmbeds();
        Integer nullClass = model.settings().nullClass();
        require(
                classes <= (nullClass != null && nullClass == embeddings - 1 ? nullClass : embeddings),
                String.format(
                        Locale.ROOT, "at most as many classes as the model has, %d with the one for none", embeddings),
                classes);
        require(
                nullClass != null || (plan.labelDropout() == 0 && classes > 0),
                "a model with a null_class in diffusion4j.json, for labels that are dropped or not there",
                "none");
    }

    private static void require(boolean holds, String expected, Object found) {
        requireGiven(holds, "training", expected, found);
    }
}
