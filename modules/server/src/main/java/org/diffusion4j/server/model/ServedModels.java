package org.diffusion4j.server.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.diffusion4j.NearestNames;
import org.diffusion4j.Requirement;

/** The models of a server. Their weights are read when somebody draws, and those unused for longest are let go where memory is short. */
public final class ServedModels implements AutoCloseable {
    private final List<ServedModel> models = new ArrayList<>();
    private final long mostBytes;
    private final long idleNanos;

    /**
     * Makes an empty collection.
     *
     * @param mostBytes the memory that all models' weights together may take; a single model may take more
     * @param idle after how long without a drawing a model's weights are let go
     */
    public ServedModels(long mostBytes, Duration idle) {
        this.mostBytes = mostBytes;
        this.idleNanos = idle.toNanos();
    }

    /**
     * Adds a model, of which nothing but its configuration is read.
     *
     * @param found where it is
     * @param computing what runs its network
     * @param loras the adapters; those that don't fit it are left out, but for those that always act
     * @return the model
     * @throws org.diffusion4j.Diffusion4jException if it can't be read, or its name is taken
     */
    public ServedModel add(FoundModel found, Computing computing, Loras loras) {
        Requirement.requireGiven(
                models.stream().noneMatch(model -> model.name().equals(found.name())),
                "model",
                "another name than that of a model before it",
                found.name());
        ServedModel model =
                new ServedModel(found.name(), found.place(), found.open(computing, loras), this::makeRoomFor);
        models.add(model);
        return model;
    }

    /**
     * All models.
     *
     * @return in the order in which they were added
     */
    public List<ServedModel> all() {
        return List.copyOf(models);
    }

    /**
     * Finds a model.
     *
     * @param name its name
     * @return the model; empty if there is none
     */
    public Optional<ServedModel> find(String name) {
        return models.stream().filter(model -> model.name().equals(name)).findFirst();
    }

    /**
     * Says which models there are, for somebody who asked for another one.
     *
     * @param asked what was asked for
     * @return such as {@code one of ddpm-mnist, mine}
     */
    public String known(String asked) {
        List<String> names = models.stream().map(ServedModel::name).toList();
        String question = NearestNames.question(asked, names);
        return "one of " + String.join(", ", names) + (question.isEmpty() ? "" : " (" + question + ")");
    }

    private synchronized void makeRoomFor(ServedModel wanted) {
        if (wanted.keptBytes() == 0 || wanted.isInMemory()) {
            return;
        }
        List<ServedModel> others = models.stream()
                .filter(model -> model != wanted && model.isInMemory())
                .sorted(Comparator.comparingLong(model -> model.lastUse() - System.nanoTime()))
                .toList();
        long taken = others.stream().mapToLong(ServedModel::keptBytes).sum() + wanted.keptBytes();
        for (ServedModel other : others) {
            if (taken <= mostBytes) {
                return;
            }
            other.letGo();
            taken -= other.isInMemory() ? 0 : other.keptBytes();
        }
    }

    /** Lets those models' weights go that nobody has used for long. */
    public void letGoIdle() {
        long now = System.nanoTime();
        models.stream()
                .filter(model -> model.isInMemory() && now - model.lastUse() > idleNanos)
                .forEach(ServedModel::letGo);
    }

    @Override
    public void close() {
        models.forEach(ServedModel::close);
    }
}
