package org.diffusion4j.server.model;

import java.util.List;
import java.util.Map;
import org.diffusion4j.graph.SampleSize;

/** What is drawn, and how, with everything decided by the model. */
public sealed interface DrawPlan permits AdmPlan, ClassPlan, TextPlan {
    /**
     * How many pictures are drawn.
     *
     * @return at least 1
     */
    int images();

    /**
     * How often the network runs for each picture.
     *
     * @return at least 1
     */
    int steps();

    /**
     * The pictures' size.
     *
     * @return height and width
     */
    SampleSize size();

    /**
     * The settings in words.
     *
     * @return the sampler, its steps and options, the guidance and so on, by name
     */
    Map<String, String> settings();

    /**
     * What should be known before it is drawn, such as words that found no room.
     *
     * @return one line each, usually none
     */
    List<String> notes();

    /**
     * Whether pictures of both plans can be drawn in one batch, without any of them becoming another one.
     *
     * @param other a plan of the same model
     * @return whether they differ only in what each picture has of its own
     */
    boolean goesWith(DrawPlan other);

    /**
     * Some of a plan's pictures.
     *
     * @param plan the plan
     * @param first the first of them, from 0
     * @param count how many
     */
    record Part(DrawPlan plan, int first, int count) {}
}
