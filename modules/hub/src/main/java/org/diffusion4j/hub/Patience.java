package org.diffusion4j.hub;

import static org.diffusion4j.Requirement.require;

import java.time.Duration;

/**
 * How often a request is made again after a fault that may pass, and how long to wait before: {@code first}, then twice as long
 * each time up to {@code longest}, or as long as the server asks for, up to {@code longestAsked}.
 *
 * @param retries how often in a row without a new byte, at least 0
 * @param first the first pause
 * @param longest the longest pause
 * @param longestAsked the longest pause if the server asked for one
 */
public record Patience(int retries, Duration first, Duration longest, Duration longestAsked) {
    /** Five times after 1, 2, 4, 8 and 8 seconds, and up to five minutes if the server asks for it: the hub counts in those. */
    public static final Patience USUAL =
            new Patience(5, Duration.ofSeconds(1), Duration.ofSeconds(8), Duration.ofMinutes(5));

    public Patience {
        require(retries >= 0, "retries", "at least 0", retries);
        require(!first.isNegative(), "first", "a pause", first);
        require(!longest.isNegative(), "longest", "a pause", longest);
        require(!longestAsked.isNegative(), "longestAsked", "a pause", longestAsked);
    }

    /** @param attempt which retry, from 1 on */
    void pause(int attempt, PassingFault after) {
        Duration own = first.multipliedBy(1L << Math.min(attempt - 1, 20));
        Duration pause = after.asked().map(asked -> least(asked, longestAsked)).orElse(least(own, longest));
        try {
            Thread.sleep(pause.toMillis());
        } catch (InterruptedException e) {
            throw HubRequests.interrupted(e);
        }
    }

    private static Duration least(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
