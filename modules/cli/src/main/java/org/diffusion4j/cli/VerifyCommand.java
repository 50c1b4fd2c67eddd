package org.diffusion4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.diffusion4j.verify.Comparison;
import org.diffusion4j.verify.Engines;
import org.diffusion4j.verify.Verifier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Compares with reference cases. */
@Command(
        name = "verify",
        customSynopsis = "diffusion4j verify FOLDER... [OPTIONS]",
        description = {
            "Compares this library with reference cases that the original libraries made.",
            "",
            "A case is a folder with a case.json; cases of a kind that isn't known here are passed over. Exits 1 if a"
                    + " case fails, or a folder holds none that is known.",
            ""
        },
        footerHeading = "%nExample:%n",
        footer = "  diffusion4j verify modules/verify/src/test/resources/goldens")
final class VerifyCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "FOLDER", description = "Cases, or folders that hold cases at any depth.")
    private List<Path> folders;

    @Mixin
    private EngineOption engine;

    private int passed;
    private int failed;
    private int unknown;
    private int passedOver;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        boolean allHoldCases = true;
        // All folders are checked first, so that a mistyped one is reported at once and not after minutes.
        List<List<Path>> cases = new ArrayList<>();
        for (Path folder : folders) {
            cases.add(Verifier.cases(folder));
        }
        for (int i = 0; i < cases.size(); i++) {
            int known = 0;
            for (Path folder : cases.get(i)) {
                known += verify(folder, out) ? 1 : 0;
            }
            if (known == 0) {
                print(out, folders.get(i) + "  no case that is known here  FAIL");
                allHoldCases = false;
            }
        }
        String rest = passedOver == 0 ? "" : String.format(Locale.ROOT, ", %d that need gradients", passedOver);
        out.println(String.format(Locale.ROOT, "%d passed, %d failed, %d unknown%s", passed, failed, unknown, rest));
        return failed == 0 && allHoldCases ? 0 : 1;
    }

    /** @return whether the case is of a known kind */
    private boolean verify(Path folder, PrintWriter out) {
        try {
            if (!Verifier.knows(folder)) {
                print(out, folder + "  kind not known here  passed over");
                unknown++;
                return false;
            }
            Engines engines = Engines.of(engine.kind(), engine.threads());
            if (!engines.haveGradients() && !Verifier.runsForwards(folder)) {
                print(out, folder + "  needs gradients, which this engine doesn't compute  passed over");
                passedOver++;
                return true;
            }
            List<Comparison> comparisons = Verifier.verify(folder, engines);
            comparisons.forEach(comparison -> print(out, line(folder, comparison)));
            count(!comparisons.isEmpty() && comparisons.stream().allMatch(Comparison::ok));
        } catch (RuntimeException e) {
            // One broken case must not hide the others.
            print(out, folder + "  " + ErrorLine.of(e, "verify").text() + "  FAIL");
            count(false);
        }
        return true;
    }

    /** Prints a line that is shortened as a whole, since each of its parts may be as long as a line. */
    private static void print(PrintWriter out, String line) {
        out.println(ErrorLine.oneLine(line));
    }

    private void count(boolean ok) {
        if (ok) {
            passed++;
        } else {
            failed++;
        }
    }

    private static String line(Path folder, Comparison comparison) {
        String difference = Double.isNaN(comparison.difference())
                ? "-"
                : String.format(Locale.ROOT, "%.2e", comparison.difference());
        String remark = comparison.remark().isEmpty() ? "" : "  (" + comparison.remark() + ")";
        return String.format(
                Locale.ROOT,
                "%s  %s  %s  %s%s",
                folder,
                comparison.group(),
                difference,
                comparison.ok() ? "ok" : "FAIL",
                remark);
    }
}
