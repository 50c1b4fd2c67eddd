package org.diffusion4j.release;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What each published jar and POM says of itself. */
class JarsTest {
    private static List<Build.Artifact> jars() {
        return Build.published().stream()
                .filter(artifact -> !Build.read(artifact.pom()).contains("<packaging>pom"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("jars")
    void aJarHoldsTheLicence(Build.Artifact artifact) throws Exception {
        try (JarFile jar = new JarFile(artifact.jar().toFile())) {
            ZipEntry licence = jar.getEntry("META-INF/LICENSE");
            assertNotNull(licence);
            String text = new String(jar.getInputStream(licence).readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(Build.read("LICENSE"), text);
        }
    }

    @ParameterizedTest
    @MethodSource("jars")
    void aJarIsTheModuleOfItsName(Build.Artifact artifact) throws Exception {
        try (JarFile jar = new JarFile(artifact.jar().toFile())) {
            String name = jar.getManifest().getMainAttributes().getValue("Automatic-Module-Name");
            assertEquals("org." + artifact.name().replace('-', '.'), name);
        }
    }

    @Test
    void noPackageIsInTwoModules() {
        Map<String, String> modules = new HashMap<>();
        Path[] jars = jars().stream().map(Build.Artifact::jar).toArray(Path[]::new);
        for (ModuleReference module : ModuleFinder.of(jars).findAll()) {
            for (String inside : module.descriptor().packages()) {
                String other = modules.put(inside, module.descriptor().name());
                assertEquals(null, other, inside);
            }
        }
        assertTrue(modules.containsKey("org.diffusion4j.zoo"), modules.toString());
    }

    /** What Central refuses a POM without; the rest is inherited. */
    @ParameterizedTest
    @MethodSource("org.diffusion4j.release.Build#published")
    void aPomSaysWhatItIs(Build.Artifact artifact) {
        String pom = Build.read(artifact.pom());
        assertTrue(pom.contains("<name>") && pom.contains("<description>"), artifact.name());
    }

    @Test
    void thePomThatAllInheritHasWhatCentralAsksFor() {
        String pom = Build.read("modules/bom/pom.xml");
        for (String element : List.of("url", "licenses", "developers", "scm")) {
            assertTrue(
                    Pattern.compile("^  <" + element + "\\b", Pattern.MULTILINE)
                            .matcher(pom)
                            .find(),
                    element);
        }
    }

    /** Two builds of one commit give the same bytes: nothing in a jar is of the time or of the place it was made. */
    @ParameterizedTest
    @MethodSource("jars")
    void aJarKnowsNothingOfTheMachine(Build.Artifact artifact) throws Exception {
        try (JarFile jar = new JarFile(artifact.jar().toFile())) {
            List<Long> times = jar.stream().map(ZipEntry::getTime).distinct().toList();
            assertEquals(1, times.size(), times.toString());
            for (ZipEntry entry : jar.stream().toList()) {
                String text = new String(jar.getInputStream(entry).readAllBytes(), StandardCharsets.ISO_8859_1);
                assertTrue(!text.contains(Build.ROOT.toString()), entry.getName());
            }
        }
    }
}
