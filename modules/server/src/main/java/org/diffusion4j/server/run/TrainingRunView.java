package org.diffusion4j.server.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.server.http.Fault;
import org.diffusion4j.training.record.RunDescription;
import org.diffusion4j.training.record.RunMetrics;
import org.diffusion4j.training.record.SampleFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A training run as it is on the disk now. */
public final class TrainingRunView {
    private static final Logger LOG = LoggerFactory.getLogger(TrainingRunView.class);

    private final String name;
    private final Path folder;
    private Stamp read;
    private RunMetrics metrics;

    /**
     * What changes in the folder while a run trains.
     *
     * @param bytes of its steps' file
     * @param time when that was written
     * @param samples how many grids there are
     */
    public record Stamp(long bytes, FileTime time, int samples) {}

    TrainingRunView(String name, Path folder) {
        this.name = name;
        this.folder = folder;
    }

    /**
     * Its name.
     *
     * @return that of its folder
     */
    public String name() {
        return name;
    }

    private Path file() {
        return folder.resolve("metrics.jsonl");
    }

    /**
     * What has changed since another stamp, if it isn't equal.
     *
     * @return the folder's stamp
     */
    public Stamp stamp() {
        try {
            int samples = samples().size();
            return Files.exists(file())
                    ? new Stamp(Files.size(file()), Files.getLastModifiedTime(file()), samples)
                    : new Stamp(0, FileTime.fromMillis(0), samples);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /**
     * Its steps.
     *
     * @return what they came to so far; they are read again if there are more
     */
    public synchronized RunMetrics metrics() {
        Stamp now = stamp();
        if (!now.equals(read)) {
            try {
                metrics = RunMetrics.read(file());
            } catch (Diffusion4jException e) {
                throw unreadable(e);
            }
            read = now;
        }
        return metrics;
    }

    /**
     * What it was asked for.
     *
     * @return part by part, each value as text
     */
    public ObjectNode description() {
        try {
            RunDescription description = RunDescription.read(folder);
            if (description != null) {
                return description.values();
            }
        } catch (Diffusion4jException e) {
            throw unreadable(e);
        }
        throw unreadable(null);
    }

    /**
     * The grids that were drawn while it trained.
     *
     * @return the steps after which they were drawn
     */
    public List<Long> samples() {
        return files().stream().map(SampleFile::step).toList();
    }

    private List<SampleFile> files() {
        return SampleFile.list(folder.resolve("samples"));
    }

    /**
     * A grid.
     *
     * @param step the step after which it was drawn
     * @return a PNG; empty if there is none of that step
     */
    public Optional<byte[]> sample(long step) {
        return files().stream().filter(file -> file.step() == step).findFirst().map(file -> {
            try {
                return Files.readAllBytes(file.file());
            } catch (IOException e) {
                throw unreadable(e);
            }
        });
    }

    private Fault unreadable(Exception cause) {
        LOG.warn("run {} can't be read", name, cause);
        return new Fault(500, "run '" + name + "': expected files that can be read, found others");
    }
}
