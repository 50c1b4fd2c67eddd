package org.diffusion4j.server.job;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import org.diffusion4j.server.model.DrawListener;
import org.diffusion4j.server.model.DrawPlan;

/** Pictures of one job or several that are drawn together. */
final class Batch implements DrawListener {
    /** Previews are looked at by people. */
    private static final long BETWEEN_PREVIEWS_NANOS = 150_000_000;

    private final List<Member> members = new ArrayList<>();
    private final JobCounts counts;
    private volatile boolean stopped;
    private int pictures;
    private long lastStep = System.nanoTime();
    private long lastPreview;

    /**
     * Some of a job's pictures.
     *
     * @param first the first of them, in the job
     * @param count how many
     * @param offset the first of them, in the batch
     */
    record Member(Job job, int first, int count, int offset) {}

    Batch(JobCounts counts) {
        this.counts = counts;
    }

    void add(Job job, int count) {
        members.add(new Member(job, job.begin(count), count, pictures));
        pictures += count;
    }

    List<Member> members() {
        return members;
    }

    int pictures() {
        return pictures;
    }

    List<DrawPlan.Part> parts() {
        return members.stream()
                .map(member -> new DrawPlan.Part(member.job().plan(), member.first(), member.count()))
                .toList();
    }

    /** Ends it whoever wants its pictures. */
    void stop() {
        stopped = true;
    }

    @Override
    public boolean isCancelled() {
        if (stopped) {
            return true;
        }
        for (Member member : members) {
            if (!member.job().isCancelled()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean wantsPreviews() {
        return System.nanoTime() - lastPreview > BETWEEN_PREVIEWS_NANOS
                && members.stream().anyMatch(member -> member.job().wantsPreviews());
    }

    @Override
    public void stepped(int done, int total) {
        long now = System.nanoTime();
        counts.stepped(members.get(0).job().model().name(), (now - lastStep) / 1e9, pictures);
        lastStep = now;
        members.forEach(member -> member.job().stepped(member.first(), member.count(), done, total));
    }

    @Override
    public void previewed(int first, List<BufferedImage> drawn) {
        lastPreview = System.nanoTime();
        for (Member member : members) {
            int from = Math.max(first, member.offset());
            int until = Math.min(first + drawn.size(), member.offset() + member.count());
            if (member.job().wantsPreviews() && from < until) {
                member.job()
                        .previewed(member.first() + from - member.offset(), drawn.subList(from - first, until - first));
            }
        }
    }
}
