package org.diffusion4j.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Lines of text.
 *
 * @param line what one line is; null where it is cells between commas
 */
record LinesForm(Form line) implements Form {
    @Override
    public byte[] mutated(byte[] file, byte[] other, Random random) {
        List<String> lines =
                new ArrayList<>(new String(file, StandardCharsets.UTF_8).lines().toList());
        for (int i = random.nextInt(3); i >= 0 && !lines.isEmpty(); i--) {
            int at = random.nextInt(lines.size());
            switch (random.nextInt(7)) {
                case 0 -> lines.remove(at);
                case 1 -> lines.addAll(at, List.copyOf(lines));
                case 2 -> lines.add(at, Texts.odd(random, 5000));
                default -> lines.set(at, changed(lines.get(at), random));
            }
        }
        String end = List.of("\n", "\n", "\r\n", "\r").get(random.nextInt(4));
        byte[] text = (String.join(end, lines) + (random.nextBoolean() ? end : "")).getBytes(StandardCharsets.UTF_8);
        byte[] changed = random.nextInt(6) == 0 ? ByteMutations.mutated(text, other, random) : text;
        return changed.length <= ByteMutations.MOST_BYTES ? changed : Arrays.copyOf(changed, ByteMutations.MOST_BYTES);
    }

    private String changed(String text, Random random) {
        if (line != null && !text.isBlank()) {
            try {
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                return new String(line.mutated(bytes, bytes, random), StandardCharsets.UTF_8);
            } catch (IllegalArgumentException e) {
                return text + text; // changed before, so that it can't be followed any more
            }
        }
        List<String> cells = new ArrayList<>(Arrays.asList(text.split(",", -1)));
        int at = random.nextInt(cells.size());
        switch (random.nextInt(5)) {
            case 0 -> cells.remove(at);
            case 1 -> cells.add(at, Texts.odd(random, 5000));
            case 2 -> cells.set(at, "\"" + cells.get(at));
            case 3 -> cells.set(at, "\"" + Texts.odd(random, 5000).replace("\"", "\"\"") + "\"");
            default -> cells.set(at, Texts.odd(random, 5000));
        }
        return String.join(",", cells);
    }
}
