package org.diffusion4j.weights.singlefile;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.diffusion4j.diffusion.sampler.SchedulerConfig;
import org.diffusion4j.weights.diffusers.ComponentConfig;
import org.diffusion4j.weights.diffusers.ModelSettings;
import org.diffusion4j.weights.diffusers.PipelineFolder;
import org.diffusion4j.weights.diffusers.TokenizerPlace;

/**
 * All of a pipeline but its weights.
 *
 * @param className the class that Python makes of it
 * @param parts the class of each part by its name
 * @param networks the options of each network
 * @param tokenizers where each tokenizer is
 * @param scheduler the scheduler
 * @param schedulerKeys the keys of its file
 * @param settings what diffusers' files can't express
 * @param forcesZeros whether zeros stand for no negative prompt
 * @param notes what was noticed
 */
record PipelineDescription(
        String className,
        Map<String, String> parts,
        Map<String, ComponentConfig<?>> networks,
        Map<String, TokenizerPlace> tokenizers,
        SchedulerConfig scheduler,
        Map<String, Object> schedulerKeys,
        ModelSettings settings,
        boolean forcesZeros,
        List<String> notes) {
    /** Of a folder, whose weights aren't looked at. */
    static PipelineDescription of(PipelineFolder folder) {
        Map<String, String> parts = new LinkedHashMap<>();
        Map<String, ComponentConfig<?>> networks = new LinkedHashMap<>();
        Map<String, TokenizerPlace> tokenizers = new LinkedHashMap<>();
        folder.parts().forEach((part, className) -> {
            if (part.startsWith(PipelineFolder.CONTROLNET)) {
                return; // no single file has one
            }
            parts.put(part, className);
            if (part.startsWith(PipelineFolder.TOKENIZER)) {
                tokenizers.put(part, folder.tokenizer(part));
            } else if (folder.isNetwork(part)) {
                networks.put(part, ComponentConfig.read(folder.configFile(part)));
            }
        });
        return new PipelineDescription(
                folder.className(),
                parts,
                networks,
                tokenizers,
                folder.scheduler(),
                folder.schedulerKeys(),
                folder.settings(),
                folder.forcesZeros(),
                folder.notes());
    }

    /** The same with another scheduler. */
    PipelineDescription withScheduler(SchedulerConfig other, Map<String, Object> keys) {
        return new PipelineDescription(
                className, parts, networks, tokenizers, other, keys, settings, forcesZeros, notes);
    }
}
