package org.diffusion4j.server.job;

import java.util.Map;
import org.diffusion4j.picture.GeneratedImage;

/**
 * A picture that is kept for a client.
 *
 * @param png a file that has the settings in it, too
 * @param seed the seed of its noise
 * @param label its class; null if it has none
 * @param settings what it was drawn with, by name
 */
public record JobPicture(byte[] png, long seed, Integer label, Map<String, String> settings) {
    static JobPicture of(GeneratedImage image) {
        JobPicture picture = new JobPicture(image.png(), image.seed(), image.label(), image.metadata());
        if (image.sample().closeable()) {
            image.sample().close();
        }
        return picture;
    }
}
