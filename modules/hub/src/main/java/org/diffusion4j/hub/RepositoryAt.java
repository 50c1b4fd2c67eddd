package org.diffusion4j.hub;

/**
 * A repository at a revision.
 *
 * @param repository {@code owner/name}
 * @param revision a branch, a tag or a commit
 */
record RepositoryAt(String repository, String revision) {
    /** @throws org.diffusion4j.Diffusion4jException if either isn't as the hub has them */
    RepositoryAt {
        HubName.checkRepository(repository);
        HubName.checkRevision(repository, revision);
    }

    /** As a user would name it. */
    @Override
    public String toString() {
        return HubName.described(repository, revision);
    }
}
