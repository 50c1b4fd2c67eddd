package org.diffusion4j.pipeline.prompt;

import static org.diffusion4j.Requirement.require;

import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What is to be seen, and what isn't.
 *
 * @param texts the prompts, at least one
 * @param second the prompts for SDXL's second text encoder; empty for the same ones
 * @param negative what the pictures are to move away from: one for all prompts, or one for each; empty if there is none, which
 *     means an empty text, or with SDXL usually zeros in place of an encoded text
 * @param negativeSecond the same for SDXL's second text encoder; empty for the same ones
 * @param imagesPerPrompt how many pictures each prompt gets, at least 1; those of the first prompt come first
 * @param clipSkip how many of a text encoder's last blocks are left out, diffusers' {@code clip_skip}; 0 for none
 */
public record Prompts(
        List<String> texts,
        List<String> second,
        List<String> negative,
        List<String> negativeSecond,
        int imagesPerPrompt,
        int clipSkip)
        implements Serializable {
    /** Each has a seed, so their number is limited. */
    private static final int MOST_IMAGES = 1_000_000;

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if there are no prompts, one is out of its range, or the lists' lengths don't fit
     */
    public Prompts {
        texts = List.copyOf(texts);
        second = List.copyOf(second);
        negative = List.copyOf(negative);
        negativeSecond = List.copyOf(negativeSecond);
        require(!texts.isEmpty(), "prompt", "at least one", "none");
        require(imagesPerPrompt >= 1, "images", "at least 1 for each prompt", imagesPerPrompt);
        require(
                (long) imagesPerPrompt * texts.size() <= MOST_IMAGES,
                "images",
                "at most " + MOST_IMAGES,
                (long) imagesPerPrompt * texts.size());
        require(clipSkip >= 0, "clip skip", "at least 0", clipSkip);
        requireOneForEach("second prompt", second, texts);
        requireOneForEach("negative prompt", negative, texts);
        requireOneForEach("second negative prompt", negativeSecond, texts);
    }

    private static void requireOneForEach(String name, List<String> given, List<String> texts) {
        int size = given.size();
        require(
                size <= 1 || size == texts.size(),
                name,
                texts.size() == 1 ? "one" : "one, or one for each prompt (" + texts.size() + ")",
                size);
    }

    /**
     * How many pictures there are.
     *
     * @return those of all prompts
     */
    public int images() {
        return texts.size() * imagesPerPrompt;
    }

    /** Those of some pictures: of one prompt, if they all have the same, or one prompt for each. */
    Prompts part(int first, int count) {
        int from = first / imagesPerPrompt;
        int last = (first + count - 1) / imagesPerPrompt;
        return new Prompts(
                part(texts, first, count),
                part(second, first, count),
                part(negative, first, count),
                part(negativeSecond, first, count),
                from == last ? count : 1,
                clipSkip);
    }

    private List<String> part(List<String> given, int first, int count) {
        if (given.size() <= 1 && texts.size() > 1) {
            return given; // none, or one for all
        }
        int from = first / imagesPerPrompt;
        int last = (first + count - 1) / imagesPerPrompt;
        return given.isEmpty() || from == last
                ? given.subList(Math.min(from, given.size()), Math.min(from + 1, given.size()))
                : IntStream.range(first, first + count)
                        .mapToObj(image -> given.get(image / imagesPerPrompt))
                        .toList();
    }

    /** The prompts for one of a model's text encoders, from 0. */
    List<String> ofEncoder(int encoder) {
        return encoder == 0 || second.isEmpty() ? texts : each(second);
    }

    /** The negative prompts for one of a model's text encoders, one for each prompt: empty texts if there are none. */
    List<String> negativeOfEncoder(int encoder) {
        if (encoder > 0 && !negativeSecond.isEmpty()) {
            return each(negativeSecond);
        }
        return negative.isEmpty() ? Collections.nCopies(texts.size(), "") : each(negative);
    }

    /** One text for each prompt, of those that were given: one or one for each. */
    private List<String> each(List<String> given) {
        return given.size() == texts.size() ? given : Collections.nCopies(texts.size(), given.get(0));
    }
}
