package org.diffusion4j.zoo;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.hub.HubClient;
import org.diffusion4j.hub.HubFile;
import org.diffusion4j.hub.HubName;
import org.diffusion4j.hub.HubSnapshot;
import org.diffusion4j.weights.lora.AdapterFiles;

/**
 * The name of an adapter (LoRA) on the hub: {@code hf:owner/name[/file][@revision]}.
 *
 * @param repository {@code owner/name}
 * @param file the adapter's file; empty for the one that the repository has
 * @param revision a branch, a tag or a commit
 */
public record HubAdapter(String repository, Optional<String> file, String revision) {
    /** @throws Diffusion4jException if a part isn't as the hub has it, or could leave the cache */
    public HubAdapter {
        new HubName(repository, revision, Optional.empty());
    }

    /**
     * Reads a name.
     *
     * @param text {@code hf:owner/name[/file][@revision]}
     * @return the name
     * @throws Diffusion4jException if it isn't one
     */
    public static HubAdapter parse(String text) {
        String rest = text.substring(HubName.PREFIX.length());
        int at = rest.indexOf('@');
        String revision = at < 0 ? HubName.DEFAULT_REVISION : rest.substring(at + 1);
        String[] parts = (at < 0 ? rest : rest.substring(0, at)).split("/", 3);
        if (!text.startsWith(HubName.PREFIX) || parts.length < 2) {
            throw new Diffusion4jException("lora: expected hf:owner/name[/file][@revision], found '" + text + "'");
        }
        return new HubAdapter(
                parts[0] + "/" + parts[1], parts.length < 3 ? Optional.empty() : Optional.of(parts[2]), revision);
    }

    /**
     * Fetches the adapter: its file, and PEFT's options where they stand beside it.
     *
     * @param hub fetches
     * @return the file in the cache
     * @throws Diffusion4jException if it can't be fetched, or the repository doesn't have one adapter
     */
    public Path fetch(HubClient hub) {
        HubSnapshot snapshot = hub.snapshot(repository, revision);
        List<String> files = snapshot.files().stream().map(HubFile::name).toList();
        String weights = file.orElseGet(() -> only(files));
        List<String> wanted = new ArrayList<>(List.of(weights));
        int folder = weights.lastIndexOf('/') + 1;
        String options = weights.substring(0, folder) + AdapterFiles.OPTIONS;
        if (AdapterFiles.hasOptions(weights.substring(folder)) && files.contains(options)) {
            wanted.add(options);
        }
        return snapshot.fetch(wanted).resolve(weights);
    }

    private String only(List<String> files) {
        List<String> outside =
                files.stream().filter(name -> !name.contains("/")).toList();
        return AdapterFiles.weights(outside)
                .orElseThrow(() ->
                        new Diffusion4jException(this + ": expected one adapter, or its file behind the name, such as "
                                + this + "/FILE.safetensors, found "
                                + files.stream()
                                        .filter(name -> name.endsWith(".safetensors"))
                                        .count()
                                + " safetensors files"));
    }

    /** The name as it is given. */
    @Override
    public String toString() {
        return HubName.PREFIX
                + repository
                + file.map(name -> "/" + name).orElse("")
                + (revision.equals(HubName.DEFAULT_REVISION) ? "" : "@" + revision);
    }
}
