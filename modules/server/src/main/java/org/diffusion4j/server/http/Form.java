package org.diffusion4j.server.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.http.MultiPartFormData;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.Promise;

/**
 * A form of texts and files ({@code multipart/form-data}), which is in memory as a whole.
 *
 * @param texts the texts by name
 * @param files the files by name; several may have the same
 */
public record Form(Fields texts, Map<String, List<byte[]>> files) {
    private static final int MOST_PARTS = 100;
    private static final int LONGEST_HEADERS = 8 << 10;

    /**
     * Reads a form.
     *
     * @param call a request with such a body
     * @return the form
     * @throws Fault if it is another body, or a broken form
     */
    public static Form read(Call call) {
        String boundary = call.contentType().equals("multipart/form-data")
                ? MultiPart.extractBoundary(call.headers().get("Content-Type"))
                : null;
        if (boundary == null) {
            throw new Fault(415, "Content-Type: expected multipart/form-data with a boundary, found another");
        }
        MultiPartFormData.Parser parser = new MultiPartFormData.Parser(boundary);
        parser.setMaxParts(MOST_PARTS);
        parser.setMaxMemoryFileSize(-1); // nothing is written to a disk
        parser.setMaxLength(call.body().length);
        parser.setPartHeadersMaxLength(LONGEST_HEADERS);
        CompletableFuture<MultiPartFormData.Parts> parsed = new CompletableFuture<>();
        parser.parse(Content.Source.from(ByteBuffer.wrap(call.body())), Promise.Invocable.toPromise(parsed));
        try (MultiPartFormData.Parts parts = parsed.join()) {
            ObjectNode texts = JsonNodeFactory.instance.objectNode();
            Map<String, List<byte[]>> files = new LinkedHashMap<>();
            for (MultiPart.Part part : parts) {
                if (part.getName() == null) {
                    throw Fault.of("body", "a name for each part of the form", "none");
                }
                if (part.getFileName() == null) {
                    texts.put(part.getName(), part.getContentAsString(StandardCharsets.UTF_8));
                } else {
                    files.computeIfAbsent(part.getName(), name -> new ArrayList<>())
                            .add(bytes(part));
                }
            }
            return new Form(new Fields(texts), files);
        } catch (CompletionException | IllegalStateException | IllegalArgumentException | java.io.IOException e) {
            throw Fault.of("body: expected a whole form in multipart/form-data, found a broken one", e);
        }
    }

    private static byte[] bytes(MultiPart.Part part) throws java.io.IOException {
        ByteBuffer content = Content.Source.asByteBuffer(part.getContentSource());
        byte[] bytes = new byte[content.remaining()];
        content.get(bytes);
        return bytes;
    }
}
