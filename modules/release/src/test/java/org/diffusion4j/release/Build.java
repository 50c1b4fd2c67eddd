package org.diffusion4j.release;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** This build: what its modules made, and what stands in its files. */
final class Build {
    static final Path ROOT = Path.of(property("project.root"));
    static final String VERSION = property("project.version");

    private static final Pattern PARENT = Pattern.compile("<parent>.*?</parent>", Pattern.DOTALL);
    private static final Pattern ARTIFACT = Pattern.compile("<artifactId>(.*?)</artifactId>");
    private static final Pattern PLUGIN =
            Pattern.compile("<plugin>\\s*<artifactId>(maven-[a-z]+-plugin)</artifactId>\\s*<version>(.*?)</version>");

    private Build() {}

    /** A module that is published: its name, its POM, and the folder that its jar lies in. */
    record Artifact(String name, Path pom, Path target) {
        Path jar() {
            return target.resolve(name + "-" + VERSION + ".jar");
        }
    }

    static String property(String name) {
        String value = System.getProperty(name);
        if (value == null) {
            throw new IllegalStateException(name + ": expected from the build, found none");
        }
        return value;
    }

    static String read(String file) {
        return read(ROOT.resolve(file));
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<Artifact> published() {
        List<Artifact> artifacts = new ArrayList<>();
        artifacts.add(artifact(ROOT.resolve("pom.xml")));
        try (Stream<Path> modules = Files.list(ROOT.resolve("modules"))) {
            modules.map(module -> module.resolve("pom.xml"))
                    .filter(pom -> Files.exists(pom) && !read(pom).contains("<maven.deploy.skip>true"))
                    .sorted()
                    .map(Build::artifact)
                    .forEach(artifacts::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return artifacts;
    }

    private static Artifact artifact(Path pom) {
        Matcher name = ARTIFACT.matcher(PARENT.matcher(read(pom)).replaceAll(""));
        if (!name.find()) {
            throw new IllegalStateException(pom + ": expected an artifactId, found none");
        }
        return new Artifact(name.group(1), pom, pom.resolveSibling("target"));
    }

    /** This build's own versions of Maven's plugins, which are there already: another build with them fetches nothing. */
    static String plugins() {
        StringBuilder plugins = new StringBuilder();
        Matcher plugin = PLUGIN.matcher(read("pom.xml"));
        while (plugin.find()) {
            plugins.append(String.format(
                    Locale.ROOT,
                    "<plugin><artifactId>%s</artifactId><version>%s</version></plugin>\n",
                    plugin.group(1),
                    plugin.group(2)));
        }
        return plugins.toString();
    }
}
