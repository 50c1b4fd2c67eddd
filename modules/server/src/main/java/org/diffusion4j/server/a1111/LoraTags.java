package org.diffusion4j.server.a1111;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.diffusion4j.server.http.Fault;
import org.diffusion4j.server.model.DrawRequest;

/**
 * The adapters that a prompt names, each as {@code <lora:NAME:SCALE>} or {@code <lora:NAME>}, and what is left of the prompt.
 *
 * @param prompt the text without them
 * @param loras the adapters in order
 */
record LoraTags(String prompt, List<DrawRequest.Lora> loras) {
    private static final Pattern TAG = Pattern.compile("<lora:([^<>:]+)(?::([^<>]*))?>");

    /**
     * Reads a prompt.
     *
     * @throws Fault if what stands behind a name isn't a number
     */
    static LoraTags in(String prompt) {
        List<DrawRequest.Lora> loras = new ArrayList<>();
        StringBuilder rest = new StringBuilder();
        Matcher tags = TAG.matcher(prompt);
        while (tags.find()) {
            loras.add(new DrawRequest.Lora(tags.group(1), tags.group(2) == null ? 1 : scale(tags.group(2))));
            tags.appendReplacement(rest, "");
        }
        tags.appendTail(rest);
        return new LoraTags(loras.isEmpty() ? prompt : rest.toString().strip(), loras);
    }

    private static double scale(String text) {
        try {
            double scale = Double.parseDouble(text);
            if (Double.isFinite(scale)) {
                return scale;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw Fault.of("prompt", "<lora:NAME:SCALE> with a number as its scale", "something else behind the name");
    }

    /** A prompt with its adapters, as a client can send it again. */
    static String shown(DrawRequest request) {
        StringBuilder shown = new StringBuilder(request.prompt());
        request.loras().forEach(lora -> shown.append(shown.length() == 0 ? "" : " ")
                .append("<lora:")
                .append(lora.name())
                .append(':')
                .append(lora.scale())
                .append('>'));
        return shown.toString();
    }
}
