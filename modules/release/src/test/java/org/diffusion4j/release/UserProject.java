package org.diffusion4j.release;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A project of a user, in a folder of its own outside this build: it finds diffusion4j in a local repository of its own
 * that holds what this build made, and all else where this build has it.
 */
final class UserProject {
    private static final Path TARGET = Build.ROOT.resolve("modules/release/target");
    private static final Path REPOSITORY = TARGET.resolve("user-repository");

    private final Path folder;

    private UserProject(Path folder) {
        this.folder = folder;
    }

    /** What a process printed and how it ended. */
    record Ended(int exitCode, List<String> out, List<String> err) {
        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "exit code %d%nout:%n%s%nerr:%n%s",
                    exitCode,
                    String.join("\n", out),
                    String.join("\n", err));
        }
    }

    /**
     * @param folder where it is to be
     * @param pom what stands in its POM after the project's own name: dependencies and, where it needs them, plugins
     * @param main the source of its class {@code demo.Main}
     */
    static UserProject write(Path folder, String pom, String main) throws IOException {
        stage();
        Path sources = Files.createDirectories(folder.resolve("src/main/java/demo"));
        Files.writeString(sources.resolve("Main.java"), main);
        Files.writeString(
                folder.resolve("pom.xml"),
                String.format(
                        Locale.ROOT,
                        """
                <project xmlns="http://maven.apache.org/POM/4.0.0">
                <modelVersion>4.0.0</modelVersion>
                %s
                </project>
                """,
                        pom));
        return new UserProject(folder);
    }

    /**
     * @param dependencies also their management
     * @param plugins those beyond Maven's own
     * @return what a POM says beside that: the project's name, Java 17, and this build's versions of Maven's plugins
     */
    static String plain(String dependencies, String plugins) {
        return String.format(
                Locale.ROOT,
                """
                <groupId>demo</groupId>
                <artifactId>demo</artifactId>
                <version>1</version>
                <properties>
                  <maven.compiler.source>17</maven.compiler.source>
                  <maven.compiler.target>17</maven.compiler.target>
                  <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
                </properties>
                %s
                <build>
                <pluginManagement><plugins>%s</plugins></pluginManagement>
                <plugins>%s</plugins>
                </build>
                """,
                dependencies,
                Build.plugins(),
                plugins);
    }

    /** Runs Maven; fails with what it printed where it doesn't succeed. */
    Ended maven(String... goals) throws IOException, InterruptedException {
        Path settings = folder.resolve("settings.xml");
        String here = Path.of(Build.property("maven.repository")).toUri().toString();
        Files.writeString(
                settings,
                String.format(
                        Locale.ROOT,
                        """
                <settings>
                <profiles><profile><id>here</id>
                <repositories><repository><id>here</id><url>%1$s</url></repository></repositories>
                <pluginRepositories><pluginRepository><id>here</id><url>%1$s</url></pluginRepository></pluginRepositories>
                </profile></profiles>
                <activeProfiles><activeProfile>here</activeProfile></activeProfiles>
                </settings>
                """,
                        here));
        boolean windows = System.getProperty("os.name").startsWith("Windows");
        List<String> command = new ArrayList<>(List.of(
                Path.of(Build.property("maven.home"), "bin", windows ? "mvn.cmd" : "mvn")
                        .toString(),
                "-B",
                "-ntp",
                "-gs",
                settings.toString(),
                "-Dmaven.repo.local=" + REPOSITORY));
        command.addAll(Arrays.asList(goals));
        Ended ended = run(command, folder, Map.of("JAVA_HOME", System.getProperty("java.home")));
        if (ended.exitCode != 0) {
            throw new AssertionError(ended.toString());
        }
        return ended;
    }

    /** Builds it, and returns what its class path is. */
    String classPath() throws IOException, InterruptedException {
        Path file = folder.resolve("class-path");
        maven("package", "dependency:build-classpath", "-Dmdep.outputFile=" + file);
        return folder.resolve("target/classes")
                + File.pathSeparator
                + Files.readString(file).strip();
    }

    /** Runs java in a folder. */
    static Ended java(Path java, Path working, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(java.toString()));
        command.addAll(Arrays.asList(arguments));
        return run(command, working, Map.of());
    }

    static Ended run(List<String> command, Path working, Map<String, String> environment)
            throws IOException, InterruptedException {
        Path out = Files.createTempFile(working, "out", ".txt");
        Path err = Files.createTempFile(working, "err", ".txt");
        ProcessBuilder process = new ProcessBuilder(command)
                .directory(working.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        process.environment().putAll(environment);
        int exitCode = process.start().waitFor();
        return new Ended(
                exitCode,
                Files.readAllLines(out, StandardCharsets.UTF_8),
                Files.readAllLines(err, StandardCharsets.UTF_8));
    }

    /** This build's jars and POMs, where Maven looks for what was installed. */
    private static synchronized void stage() throws IOException {
        for (Build.Artifact artifact : Build.published()) {
            Path folder = Files.createDirectories(REPOSITORY
                    .resolve("org/diffusion4j")
                    .resolve(artifact.name())
                    .resolve(Build.VERSION));
            String name = artifact.name() + "-" + Build.VERSION;
            Files.copy(artifact.pom(), folder.resolve(name + ".pom"), StandardCopyOption.REPLACE_EXISTING);
            if (Files.exists(artifact.jar())) {
                Files.copy(artifact.jar(), folder.resolve(name + ".jar"), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }
}
