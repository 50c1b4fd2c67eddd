package org.diffusion4j.cli;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints, from the jar's manifest. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = Version.class.getPackage().getImplementationVersion();
        return new String[] {"diffusion4j " + (version == null ? "(not packaged)" : version)};
    }
}
