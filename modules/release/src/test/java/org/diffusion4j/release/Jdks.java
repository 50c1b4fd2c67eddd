package org.diffusion4j.release;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The machine's JDKs of version 17 and later: the one that runs the tests, and those beside it. */
final class Jdks {
    private static final Pattern VERSION = Pattern.compile("JAVA_VERSION=\"(\\d+)");

    private Jdks() {}

    /** @return each one's java by its version; the one that runs the tests goes before others of its version */
    static Map<Integer, Path> all() {
        Path own = Path.of(System.getProperty("java.home"));
        Map<Integer, Path> found = new TreeMap<>();
        found.put(Runtime.version().feature(), java(own));
        try (Stream<Path> siblings = Files.list(own.toAbsolutePath().getParent())) {
            for (Path home : siblings.sorted().toList()) {
                int version = version(home);
                if (version >= 17) {
                    found.putIfAbsent(version, java(home));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    private static Path java(Path home) {
        return home.resolve("bin").resolve("java");
    }

    /** 0 where there is no JDK with a java. */
    private static int version(Path home) {
        Path release = home.resolve("release");
        if (!Files.isExecutable(java(home)) || !Files.isRegularFile(release)) {
            return 0;
        }
        Matcher version = VERSION.matcher(Build.read(release));
        return version.find() ? Integer.parseInt(version.group(1)) : 0;
    }
}
