package org.diffusion4j.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.diffusion4j.NearestNames;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Describes what is wrong with a command line, and what may have been meant if that can be guessed. */
final class UsageFault {
    private static final String INVALID = "Invalid value for ";

    private UsageFault() {}

    static String describe(ParameterException e) {
        List<String> unknown = e instanceof UnmatchedArgumentException unmatched
                ? unmatched.getUnmatched()
                // A missing option may be one that was mistyped.
                : e instanceof MissingParameterException ? e.getCommandLine().getUnmatchedArguments() : List.of();
        if (!unknown.isEmpty()) {
            return unknown(unknown, e.getCommandLine());
        }
        if (e.getArgSpec() != null && e.getValue() != null) {
            return wrongValue(e, e.getArgSpec());
        }
        return e.getMessage();
    }

    private static String unknown(List<String> given, CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        boolean isRoot = command.getParent() == null;
        // After an unknown command, nothing can be known. Otherwise an unknown option is reported first, since an
        // unexpected argument may be its value.
        String first = (isRoot
                        ? given.get(0)
                        : given.stream()
                                .filter(UsageFault::looksLikeOption)
                                .findFirst()
                                .orElse(given.get(0)))
                .split("=", 2)[0];
        List<String> names = new ArrayList<>(optionNames(spec));
        names.addAll(command.getSubcommands().keySet());
        String question = NearestNames.question(first, names);
        String end = question.isEmpty() ? "" : ": " + question;
        if (!looksLikeOption(first)) {
            return isRoot
                    ? "Unknown command " + first
                            + (question.isEmpty()
                                    ? ": expected "
                                            + NearestNames.either(
                                                    command.getSubcommands().keySet())
                                    : end)
                    : "Unexpected argument '" + first + "' of " + spec.name()
                            + (question.isEmpty() ? "; a name with spaces must be quoted" : end);
        }
        String fault = "Unknown option " + first + (isRoot ? "" : " of " + spec.name());
        if (NearestNames.isAmong(first, names)) {
            return fault + end;
        }
        for (PositionalParamSpec positional : spec.positionalParameters()) {
            if (NearestNames.isAmong(first, List.of(positional.paramLabel()))) {
                return fault + ": it takes " + positional.paramLabel() + " without such a name";
            }
        }
        List<String> others = commandsWith(first, isRoot ? command : command.getParent());
        if (!others.isEmpty()) {
            return fault
                    + (isRoot ? " without a command: expected it behind " : ": it is one of ")
                    + NearestNames.either(others);
        }
        return fault + end;
    }

    private static boolean looksLikeOption(String argument) {
        return argument.length() > 1 && argument.startsWith("-") && !argument.matches("-[0-9.].*");
    }

    private static List<String> optionNames(CommandSpec spec) {
        return spec.options().stream()
                .filter(option -> !option.hidden())
                .flatMap(option -> Stream.of(option.names())
                        .flatMap(name -> option.negatable() ? Stream.of(name, negated(name, spec)) : Stream.of(name)))
                .toList();
    }

    private static String negated(String name, CommandSpec spec) {
        return spec.negatableOptionTransformer().makeNegative(name, spec);
    }

    private static List<String> commandsWith(String option, CommandLine root) {
        return root.getSubcommands().entrySet().stream()
                .filter(entry -> NearestNames.isAmong(
                        option, optionNames(entry.getValue().getCommandSpec())))
                .map(Map.Entry::getKey)
                .toList();
    }

    private static String wrongValue(ParameterException e, ArgSpec argument) {
        String name = argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
        String found = String.format(Locale.ROOT, ", found '%s'", e.getValue());
        Class<?> type = argument.auxiliaryTypes()[0];
        if (type.isEnum()) {
            List<String> values = StreamSupport.stream(
                            argument.completionCandidates().spliterator(), false)
                    .map(value -> value.toLowerCase(Locale.ROOT))
                    .toList();
            String question = NearestNames.question(e.getValue(), values);
            return name + ": expected " + NearestNames.either(values) + found
                    + (question.isEmpty() ? "" : "; " + question);
        }
        if (type == int.class || type == Integer.class) {
            return name + ": expected a whole number up to " + Integer.MAX_VALUE + found;
        }
        if (type == long.class || type == Long.class) {
            return name + ": expected a whole number" + found;
        }
        if (type == double.class || type == Double.class) {
            return name + ": expected a number" + found;
        }
        // Our own converters' messages, which say what they expected, follow picocli's introduction.
        int reason = e.getMessage().indexOf(": ");
        return e.getMessage().startsWith(INVALID) && reason > 0
                ? name + e.getMessage().substring(reason)
                : e.getMessage();
    }
}
