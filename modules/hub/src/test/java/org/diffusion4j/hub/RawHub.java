package org.diffusion4j.hub;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A server of plain sockets on the loopback device: it may answer in ways in which no proper server does. One request a connection. */
final class RawHub implements AutoCloseable {
    /** What was asked; the names of headers are in small letters. */
    record Request(String method, String path, Map<String, String> headers) {
        String header(String name) {
            return headers.getOrDefault(name, "");
        }

        /** The first byte that was asked for. */
        int from() {
            String range = header("range");
            return range.isEmpty() ? 0 : Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
        }
    }

    /** Answers requests. */
    interface Answering {
        void answer(Request request, OutputStream out) throws IOException, InterruptedException;
    }

    private final ServerSocket socket;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final Answering answering;

    RawHub(Answering answering) throws IOException {
        this.answering = answering;
        this.socket = new ServerSocket(0, 50, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
        threads.execute(this::listen);
    }

    /** @param host {@code 127.0.0.1} or {@code localhost}: two hosts by their names */
    URI at(String host) {
        return URI.create("http://" + host + ":" + socket.getLocalPort());
    }

    List<Request> requests() {
        return requests;
    }

    long count(String method) {
        return requests.stream().filter(each -> each.method().equals(method)).count();
    }

    private void listen() {
        while (!socket.isClosed()) {
            try {
                Socket connection = socket.accept();
                threads.execute(() -> serve(connection));
            } catch (IOException e) {
                return; // it is closed
            }
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            connection.setTcpNoDelay(true);
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.ISO_8859_1));
            String line = in.readLine();
            if (line == null) {
                return;
            }
            String[] first = line.split(" ");
            Map<String, String> headers = new TreeMap<>();
            for (String each = in.readLine(); each != null && !each.isEmpty(); each = in.readLine()) {
                String[] sides = each.split(": ", 2);
                headers.put(sides[0].toLowerCase(Locale.ROOT), sides[1]);
            }
            Request request = new Request(first[0], first[1], headers);
            requests.add(request);
            answering.answer(request, connection.getOutputStream());
        } catch (IOException e) {
            return; // the client has gone
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Writes a head. */
    static void head(OutputStream out, int status, String... headers) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        head.writeBytes(("HTTP/1.1 " + status + " -\r\nConnection: close\r\n").getBytes(StandardCharsets.US_ASCII));
        for (String header : headers) {
            head.writeBytes((header + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        }
        head.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        out.write(head.toByteArray());
        out.flush();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        threads.shutdownNow();
    }
}
