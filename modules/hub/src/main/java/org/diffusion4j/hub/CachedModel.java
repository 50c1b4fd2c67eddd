package org.diffusion4j.hub;

import java.util.List;

/**
 * A model in the cache.
 *
 * @param repository {@code owner/name}
 * @param bytes what it takes on the disk; contents that several revisions share count once, and what is left of downloads that
 *     were cut counts, too
 * @param revisions its commits, of which any number of files are there
 */
public record CachedModel(String repository, long bytes, List<CachedRevision> revisions) {
    public CachedModel {
        revisions = List.copyOf(revisions);
    }

    /**
     * A commit in the cache.
     *
     * @param commit 40 hexadecimal digits
     * @param names the branches and tags that meant it when they were last asked for
     * @param files how many of its files are there
     */
    public record CachedRevision(String commit, List<String> names, int files) {
        public CachedRevision {
            names = List.copyOf(names);
        }
    }
}
