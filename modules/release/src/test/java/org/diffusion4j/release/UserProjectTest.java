package org.diffusion4j.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows works by copy and paste, in a project outside this build, on every Java that the machine has. */
class UserProjectTest {
    private static final String VECTORS = "--add-modules=jdk.incubator.vector";

    /** The README's blocks as one class: the zoo's, the trainer's and that of prompts. */
    private static final String MAIN =
            """
            package demo;

            import java.nio.file.Path;
            import java.util.List;
            import org.deeplearning4j.nn.graph.ComputationGraph;
            import org.deeplearning4j.zoo.PretrainedType;
            import org.diffusion4j.data.*;
            import org.diffusion4j.picture.*;
            import org.diffusion4j.pipeline.*;
            import org.diffusion4j.pipeline.prompt.*;
            import org.diffusion4j.training.*;
            import org.diffusion4j.training.run.*;
            import org.diffusion4j.zoo.*;
            import org.nd4j.autodiff.samediff.SameDiff;

            public class Main {
                public static void main(String[] arguments) throws Exception {
                    sample();
                    train();
                    System.out.println("done");
                }

                static void sample() throws Exception {
            @SAMPLE@
                }

                static void train() throws Exception {
            @TRAIN@
                }

                /** Compiled only, as the weights are large. */
                static void prompt() throws Exception {
            @PROMPT@
                }
            }
            """;

    @TempDir
    private Path folder;

    @Test
    void theReadmesBlocksDrawAndTrain() throws Exception {
        UserProject project = UserProject.write(folder, UserProject.plain(dependencies(), ""), main());
        String classPath = project.classPath();
        for (Map.Entry<Integer, Path> jdk : Jdks.all().entrySet()) {
            assertRuns(
                    jdk.getKey(),
                    UserProject.java(jdk.getValue(), working(jdk.getKey()), VECTORS, "-cp", classPath, "demo.Main"));
        }
    }

    @Test
    @Tag("slow")
    void aShadedJarRuns() throws Exception {
        String pom = UserProject.plain(dependencies(), Readme.block("xml", "maven-shade-plugin"));
        UserProject.write(folder, pom, main()).maven("package");
        runJar("demo-1.jar", "-cp", "demo.Main");
    }

    @Test
    @Tag("slow")
    void aSpringBootJarRuns() throws Exception {
        String pom = String.format(
                Locale.ROOT,
                """
                <parent>
                  <groupId>org.springframework.boot</groupId>
                  <artifactId>spring-boot-starter-parent</artifactId>
                  <version>3.5.16</version>
                  <relativePath/>
                </parent>
                <groupId>demo</groupId>
                <artifactId>demo</artifactId>
                <version>1</version>
                <properties><java.version>17</java.version></properties>
                %s
                <build><plugins><plugin>
                  <groupId>org.springframework.boot</groupId>
                  <artifactId>spring-boot-maven-plugin</artifactId>
                </plugin></plugins></build>
                """,
                Readme.replace(
                        dependencies(),
                        "<dependencies>\n  <dependency>",
                        """
                                <dependencies>
                                  <dependency>
                                    <groupId>org.springframework.boot</groupId>
                                    <artifactId>spring-boot-starter</artifactId>
                                  </dependency>
                                  <dependency>"""));
        String main = Readme.replace(
                        main(),
                        "public class Main {",
                        "@org.springframework.boot.autoconfigure.SpringBootApplication\npublic class Main {")
                .replace(
                        "    sample();\n",
                        "    org.springframework.boot.SpringApplication.run(Main.class);\n        sample();\n");
        UserProject.write(folder, pom, main).maven("package");
        runJar("demo-1.jar", "-jar");
    }

    @Test
    @Tag("slow")
    void theBomsVersionsWinWhateverComesFirst() throws Exception {
        String others =
                """
                <dependencies>
                  <dependency><groupId>org.bytedeco</groupId><artifactId>javacv</artifactId><version>1.5.7</version></dependency>
                  <dependency><groupId>org.nd4j</groupId><artifactId>nd4j-native</artifactId><version>1.0.0-M2.1</version></dependency>
                  <dependency>""";
        String dependencies = Readme.replace(dependencies(), "<dependencies>\n  <dependency>", others);
        UserProject project = UserProject.write(folder, UserProject.plain(dependencies, ""), main());
        List<String> javacpp = List.of(project.classPath().split("[:;]")).stream()
                .map(entry -> Path.of(entry).getFileName().toString())
                .filter(name -> name.startsWith("javacpp-"))
                .toList();
        assertEquals(2, javacpp.size(), javacpp.toString());
        assertTrue(javacpp.stream().allMatch(name -> name.startsWith("javacpp-1.5.13")), javacpp.toString());
    }

    @Test
    @Tag("slow")
    void theCommandLineChoosesAnotherSystem() throws Exception {
        UserProject project = UserProject.write(folder, UserProject.plain(dependencies(), ""), main());
        Path list = folder.resolve("tree");
        project.maven("dependency:tree", "-Djavacpp.platform=macosx-arm64", "-DoutputFile=" + list);
        String tree = Files.readString(list);
        for (String natives : List.of("nd4j-native", "javacpp", "dnnl", "opencl", "openblas", "opencv")) {
            assertTrue(tree.contains(natives + ":jar:macosx-arm64:"), tree);
        }
        assertTrue(!tree.contains("linux-x86_64") && !tree.contains("windows-x86_64"), tree);
    }

    private void runJar(String jar, String... how) throws Exception {
        String file = folder.resolve("target").resolve(jar).toString();
        for (Map.Entry<Integer, Path> jdk : Jdks.all().entrySet()) {
            String[] arguments = how.length == 1
                    ? new String[] {VECTORS, how[0], file}
                    : new String[] {VECTORS, how[0], file, how[1]};
            assertRuns(jdk.getKey(), UserProject.java(jdk.getValue(), working(jdk.getKey()), arguments));
        }
    }

    /** It ended well, drew and trained, and neither vectors nor oneDNN were missing. */
    private void assertRuns(int version, UserProject.Ended ended) {
        String context = "Java " + version + ": " + ended;
        assertEquals(0, ended.exitCode(), context);
        assertTrue(ended.out().contains("done"), context);
        assertTrue(Files.exists(folder.resolve("java" + version).resolve("year.png")), context);
        assertTrue(Files.exists(folder.resolve("java" + version).resolve("mine/unet/config.json")), context);
        assertTrue(
                ended.err().stream().noneMatch(line -> line.matches(".*(SameDiff runs|jdk\\.incubator\\.vector is).*")),
                context);
    }

    /** Where one Java works: pictures to train on, and nothing of another's run. */
    private Path working(int version) throws Exception {
        Path working = folder.resolve("java" + version);
        Path pictures = Files.createDirectories(working.resolve("my-pictures"));
        for (int i = 0; i < 4; i++) {
            BufferedImage picture = new BufferedImage(28, 28, BufferedImage.TYPE_INT_RGB);
            Graphics2D graphics = picture.createGraphics();
            graphics.setColor(Color.WHITE);
            graphics.fillOval(4 + i, 4, 20, 20 - i);
            graphics.dispose();
            ImageIO.write(picture, "png", pictures.resolve(i + ".png").toFile());
        }
        return working;
    }

    private static String dependencies() {
        return Readme.block("xml", "<artifactId>diffusion4j-bom</artifactId>");
    }

    private static String main() {
        String train = Readme.replace(Readme.block("java", "StartingModel"), ".steps(3000)", ".steps(1)");
        return Readme.replace(MAIN, "@SAMPLE@", Readme.block("java", "new DdpmMnist()"))
                .replace("@TRAIN@", train)
                .replace("@PROMPT@", Readme.block("java", "PromptPipeline"));
    }
}
