package org.diffusion4j.training.evaluate;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.diffusion4j.engine.NoisePredictor;
import org.diffusion4j.pipeline.SampleRequest;
import org.diffusion4j.pipeline.prompt.PromptPipeline;
import org.diffusion4j.pipeline.prompt.PromptRequest;
import org.diffusion4j.weights.diffusers.DiffusersModel;
import org.nd4j.autodiff.samediff.SameDiff;

/** A model that is to be judged by its pictures, and how it draws them. */
public sealed interface JudgedModel {
    /**
     * How many pictures it draws.
     *
     * @return at least 1
     */
    int images();

    /**
     * A model that draws by classes, or just draws.
     *
     * @param model of the real pictures' size and channels; its classes, if any, those of the pictures, found by their names where
     *     the model names them and by their numbers otherwise
     * @param asked how many pictures; the seed, the sampler and so on, where the model's best are not wanted; no labels, as each
     *     class has its share
     * @param engine makes what runs the network, of its graph
     */
    record ByClasses(DiffusersModel model, SampleRequest asked, Function<SameDiff, NoisePredictor> engine)
            implements JudgedModel {
        @Override
        public int images() {
            return asked.images();
        }
    }

    /**
     * A model that draws by text: pictures for texts of real ones, each of which should show what the real one shows.
     *
     * @param pipeline of the real pictures' size and colours
     * @param captions the real pictures' texts by their names in batches
     * @param images how many pictures
     * @param asked gives the request for so many prompts: seeds, sampler and so on, but no size
     */
    record ByText(
            PromptPipeline pipeline,
            Map<String, String> captions,
            int images,
            Function<List<String>, PromptRequest> asked)
            implements JudgedModel {}
}
