package org.diffusion4j.cli;

import java.lang.reflect.Member;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Layout;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Sorts a command's options in its help: first required options, then its own in the order of their declaration, then those
 * that it shares with other commands, by topic.
 */
final class OptionSections implements IHelpSectionRenderer {
    /** The headings by the class that declares the options, in the order of the help. */
    private static final Map<Class<?>, String> HEADINGS = new LinkedHashMap<>();

    private static final String OWN = "";
    private static final String COMMON = "Common:";

    static {
        HEADINGS.put(PictureInput.class, "Pictures:");
        HEADINGS.put(VariantOption.class, "A model of which there are several files:");
        HEADINGS.put(SingleFileOption.class, "A model that is a single file:");
        HEADINGS.put(NewNetworkOptions.class, "A new network:");
        HEADINGS.put(LearningOptions.class, "Learning:");
        HEADINGS.put(TextTrainingOptions.class, "A model that reads texts:");
        HEADINGS.put(PriorOptions.class, "Pictures that such a model must not forget:");
        HEADINGS.put(DistillationOptions.class, "A model that draws in few steps:");
        HEADINGS.put(RunSettings.class, "The run:");
        HEADINGS.put(EngineChoice.class, "Computing:");
        HEADINGS.put(EngineOption.class, "Computing:");
        HEADINGS.put(PrecisionOption.class, "Computing:");
    }

    @Override
    public String render(Help help) {
        Map<String, List<OptionSpec>> sections = new LinkedHashMap<>();
        sections.put(OWN, new ArrayList<>());
        HEADINGS.values().forEach(heading -> sections.put(heading, new ArrayList<>()));
        sections.put(COMMON, new ArrayList<>());
        List<OptionSpec> options = help.commandSpec().options().stream()
                .filter(option -> !option.hidden())
                .toList();
        options.stream().filter(OptionSpec::required).forEach(sections.get(OWN)::add);
        options.stream().filter(option -> !option.required()).forEach(option -> sections.get(heading(option, help))
                .add(option));
        StringBuilder text = new StringBuilder();
        sections.forEach((heading, members) -> {
            if (!members.isEmpty()) {
                text.append(heading.isEmpty() ? "" : heading + System.lineSeparator());
                Layout layout = help.createDefaultLayout();
                layout.addAllOptions(members, help.parameterLabelRenderer());
                text.append(layout);
            }
        });
        return text.toString();
    }

    private static String heading(OptionSpec option, Help help) {
        Class<?> declaring = option.userObject() instanceof Member member ? member.getDeclaringClass() : null;
        boolean isOwn =
                declaring != null && declaring.isInstance(help.commandSpec().userObject()) && declaring != Main.class;
        return isOwn ? OWN : HEADINGS.getOrDefault(declaring, COMMON);
    }
}
