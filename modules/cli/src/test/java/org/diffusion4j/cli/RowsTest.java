package org.diffusion4j.cli;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The rows of the house: a module names only those below it, and no packages name each other in a circle. */
class RowsTest {
    private static final String ROOT = "org.diffusion4j";

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);

    /** What each module may name, from below upwards; all may name the faults of org.diffusion4j itself. */
    private static final Map<String, Set<String>> ROWS = new LinkedHashMap<>();

    static {
        ROWS.put("kernels", Set.of());
        ROWS.put("samediff", Set.of());
        ROWS.put("config", Set.of());
        ROWS.put("hub", Set.of());
        ROWS.put("graph", Set.of("samediff", "config"));
        ROWS.put("diffusion", Set.of("config"));
        ROWS.put("data", Set.of());
        ROWS.put("engine", Set.of("kernels", "samediff"));
        ROWS.put("weights", Set.of("samediff", "config", "graph", "diffusion"));
        ROWS.put("onnxruntime", Set.of("samediff", "engine", "weights"));
        ROWS.put("text", Set.of("weights"));
        ROWS.put("picture", Set.of("weights"));
        ROWS.put("pipeline", Set.of("samediff", "graph", "diffusion", "engine", "weights", "text", "picture"));
        ROWS.put("zoo", below("picture", "pipeline", "hub"));
        ROWS.put("training", below("data", "text", "picture", "pipeline", "zoo"));
        ROWS.put("verify", below("data", "text", "picture", "pipeline", "hub", "zoo", "training"));
        ROWS.put("spark", below("data", "text", "picture", "pipeline", "hub", "zoo", "training", "verify"));
        ROWS.put("server", below("data", "picture", "pipeline", "hub", "zoo", "training"));
        ROWS.put("cli", below("data", "text", "picture", "pipeline", "hub", "zoo", "training", "verify", "server"));
    }

    private static Set<String> below(String... modules) {
        Set<String> all = new TreeSet<>(Set.of("samediff", "config", "graph", "diffusion", "engine", "weights"));
        all.addAll(List.of(modules));
        return all;
    }

    /** The module of a class: the first name after org.diffusion4j; empty for the faults that all may name. */
    private static String module(JavaClass of) {
        String name = of.getPackageName();
        return name.equals(ROOT) ? "" : name.substring(ROOT.length() + 1).split("\\.")[0];
    }

    @Test
    void everyModuleHasARow() {
        Set<String> found = new TreeSet<>();
        CLASSES.forEach(each -> found.add(module(each)));
        found.remove("");
        assertEquals(new TreeSet<>(ROWS.keySet()), found);
    }

    @Test
    void everyModuleNamesOnlyThoseBelowIt() {
        Set<String> upwards = new TreeSet<>();
        for (JavaClass each : CLASSES) {
            for (Dependency dependency : each.getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass().getBaseComponentType();
                if (target.getPackageName().startsWith(ROOT) && !mayName(module(each), module(target))) {
                    upwards.add(each.getName() + " names " + target.getName());
                }
            }
        }
        assertEquals(Set.of(), upwards);
    }

    private static boolean mayName(String module, String other) {
        return other.isEmpty()
                || module.equals(other)
                || ROWS.getOrDefault(module, Set.of()).contains(other);
    }

    @Test
    void noPackagesNameEachOtherInACircle() {
        List<String> circles = slices().matching(ROOT + ".(**)")
                .should()
                .beFreeOfCycles()
                .evaluate(CLASSES)
                .getFailureReport()
                .getDetails();
        assertEquals(
                List.of(),
                circles.stream()
                        .map(each -> each.lines().limit(4).toList().toString())
                        .toList());
    }
}
