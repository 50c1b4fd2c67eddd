package org.diffusion4j.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.diffusion4j.hub.HubException.Reason;

/**
 * Fetches a file's content into the cache. It is streamed into a file of another name, which is gone on with where an earlier
 * attempt was cut, and becomes the content only when its size and sum are those that were announced.
 */
final class BlobDownload {
    /** The largest file whose size the server doesn't say. */
    private static final long MOST_UNANNOUNCED = 64L << 20;

    private static final int BUFFER = 1 << 16;

    /** How many bytes arrive between two calls of the listener. */
    private static final long REPORTED = 1 << 20;

    private static final Pattern RANGE = Pattern.compile("bytes (\\d{1,18})-\\d{1,18}/(\\*|\\d{1,18})");

    private final HubRequests requests;
    private final RepositoryFolder folder;
    private final RepositoryAt at;
    private final String file;
    private final URI address;
    private final FileFacts facts;
    private final HubProgress progress;
    private final Path partial;

    /** Whether the server may be asked for the rest of a file. */
    private boolean asksForRest = true;

    /** How many bytes the file has, once the server said so. */
    private OptionalLong size;

    /** @param at as it was asked for: if it means another commit meanwhile, the sum tells */
    BlobDownload(
            HubRequests requests,
            RepositoryFolder folder,
            RepositoryAt at,
            String file,
            FileFacts facts,
            HubProgress progress) {
        this.requests = requests;
        this.folder = folder;
        this.at = at;
        this.file = file;
        this.address = requests.addresses().file(at.repository(), at.revision(), file);
        this.facts = facts;
        this.progress = progress;
        this.partial = folder.partial(facts.etag());
        this.size = facts.size();
    }

    /** Fetches the content; whoever calls this holds the content's lock. */
    void run() throws IOException {
        Files.createDirectories(partial.getParent());
        boolean hasOldBytes = length() > 0;
        try {
            receive();
            if (hasOldBytes && !isRight()) { // what was left of an earlier attempt was wrong
                Files.delete(partial);
                receive();
            }
            if (!isRight()) {
                throw damaged("the bytes of " + facts.etag().digits(), "others");
            }
        } catch (HubException e) {
            if (e.reason() == Reason.DAMAGED) {
                Files.deleteIfExists(partial);
            }
            throw e;
        }
        RepositoryFolder.move(partial, folder.blob(facts.etag()));
    }

    private boolean isRight() throws IOException {
        return facts.etag().isOf(partial);
    }

    /** Receives until all is there: as long as bytes arrive, and else as often as patience has it. */
    private void receive() throws IOException {
        long furthest = length();
        for (int fruitless = 1; ; fruitless++) {
            try {
                if (isWhole()) {
                    return;
                }
                attempt();
                if (isWhole() || size.isEmpty()) {
                    return;
                }
                throw new PassingFault(damaged(size.getAsLong() + " bytes", String.valueOf(length())));
            } catch (PassingFault fault) {
                long now = length();
                if (now > furthest) {
                    fruitless = 0;
                    furthest = now;
                } else if (fruitless > requests.settings().patience().retries()) {
                    throw fault.lasting();
                }
                requests.settings().patience().pause(Math.max(1, fruitless), fault);
            }
        }
    }

    /** Whether as many bytes are there as were announced. More than that are thrown away. */
    private boolean isWhole() throws IOException {
        if (size.isEmpty()) {
            return false;
        }
        long length = length();
        if (length > size.getAsLong()) {
            Files.delete(partial);
            return false;
        }
        if (size.getAsLong() == 0 && !Files.exists(partial)) {
            Files.createFile(partial);
        }
        return length == size.getAsLong();
    }

    private long length() throws IOException {
        return Files.exists(partial) ? Files.size(partial) : 0;
    }

    private void attempt() throws IOException, PassingFault {
        long from = asksForRest && size.isPresent() ? length() : 0;
        HttpResponse<InputStream> answer = requests.get(address, HubRequests.Reach.ANY, from, where());
        try (InputStream body = answer.body()) {
            switch (answer.statusCode()) {
                case 200 -> write(body, 0, announced(answer));
                case 206 -> {
                    if (from == 0 || !continues(answer, from)) {
                        throw withoutRest("another part of the file");
                    }
                    write(body, from, size);
                }
                case 416 -> throw withoutRest("that there is no such part of the file");
                default -> throw AnswerFault.of(answer, at, file, false);
            }
        }
    }

    /** The server doesn't give the rest of the file: the next request is one for all of it. */
    private PassingFault withoutRest(String found) {
        asksForRest = false;
        return new PassingFault(damaged("the rest of the file", found));
    }

    private boolean continues(HttpResponse<?> answer, long from) {
        Matcher range =
                RANGE.matcher(answer.headers().firstValue("Content-Range").orElse(""));
        return range.matches()
                && Long.parseLong(range.group(1)) == from
                && (range.group(2).equals("*") || Long.parseLong(range.group(2)) == size.orElseThrow());
    }

    /** The size of a whole file that is about to arrive. */
    private OptionalLong announced(HttpResponse<?> answer) {
        OptionalLong length = answer.headers().firstValueAsLong("Content-Length");
        if (size.isPresent() && length.isPresent() && length.getAsLong() != size.getAsLong()) {
            throw damaged(size.getAsLong() + " bytes", String.valueOf(length.getAsLong()));
        }
        if (size.isEmpty()) {
            size = length;
        }
        return size;
    }

    private void write(InputStream body, long from, OptionalLong announced) throws IOException, PassingFault {
        long most = announced.orElse(MOST_UNANNOUNCED);
        requireSpace(announced.orElse(from) - from);
        try (FileChannel to = FileChannel.open(partial, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                StallWatch watch = new StallWatch(body, requests.settings().stallTimeout())) {
            to.truncate(from);
            to.position(from);
            byte[] buffer = new byte[BUFFER];
            long done = from;
            long reported = done;
            progress.arrived(file, done, announced.orElse(0));
            for (int read = read(body, buffer, watch); read >= 0; read = read(body, buffer, watch)) {
                done += read;
                watch.arrived(done);
                if (done > most) {
                    throw damaged(most + " bytes", "more");
                }
                ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read);
                while (bytes.hasRemaining()) {
                    to.write(bytes);
                }
                if (done - reported >= REPORTED) {
                    progress.arrived(file, done, announced.orElse(0));
                    reported = done;
                }
            }
            to.force(true); // before it is renamed: a loss of power mustn't leave a name without its bytes
            if (reported < done) {
                progress.arrived(file, done, announced.orElse(0));
            }
        }
    }

    /** Only what the connection does may pass; a full disk doesn't. */
    private int read(InputStream body, byte[] buffer, StallWatch watch) throws PassingFault {
        IOException cut;
        try {
            int read = body.read(buffer);
            if (read >= 0 || !watch.hasStalled()) {
                return read;
            }
            cut = new IOException("nothing arrived any more");
        } catch (IOException e) {
            cut = e;
        }
        String why = watch.hasStalled() ? "nothing arrived any more" : cut.getMessage();
        throw new PassingFault(new HubException(
                Reason.UNREACHABLE, where() + ": expected the rest of the file, found that " + why, cut));
    }

    private void requireSpace(long needed) throws IOException {
        long free = Files.getFileStore(partial.getParent()).getUsableSpace();
        if (free > 0 && free < needed) { // some systems don't say, and give 0
            throw new HubException(
                    Reason.CACHE,
                    String.format(
                            Locale.ROOT,
                            "%s: expected room for %,d MB, found %,d MB",
                            folder.cache(),
                            needed >> 20,
                            free >> 20));
        }
    }

    private String where() {
        return at + ", " + file;
    }

    private HubException damaged(String expected, String found) {
        return new HubException(Reason.DAMAGED, where() + ": expected " + expected + ", found " + found);
    }
}
