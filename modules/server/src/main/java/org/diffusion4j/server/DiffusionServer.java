package org.diffusion4j.server;

import static org.diffusion4j.Requirement.requireGiven;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.engine.Precision;
import org.diffusion4j.engine.parallel.PhysicalCores;
import org.diffusion4j.server.a1111.A1111Api;
import org.diffusion4j.server.api.OwnApi;
import org.diffusion4j.server.http.Dispatcher;
import org.diffusion4j.server.http.Exchanges;
import org.diffusion4j.server.http.Gate;
import org.diffusion4j.server.http.HttpCounts;
import org.diffusion4j.server.http.Keys;
import org.diffusion4j.server.http.Router;
import org.diffusion4j.server.jetty.JettyHandler;
import org.diffusion4j.server.jetty.PlainErrors;
import org.diffusion4j.server.job.JobLimits;
import org.diffusion4j.server.job.JobQueue;
import org.diffusion4j.server.model.Computing;
import org.diffusion4j.server.model.FoundModel;
import org.diffusion4j.server.model.Loras;
import org.diffusion4j.server.model.ServedModels;
import org.diffusion4j.server.openai.OpenAiApi;
import org.diffusion4j.server.operation.AccessLog;
import org.diffusion4j.server.operation.Metrics;
import org.diffusion4j.server.page.Page;
import org.diffusion4j.server.run.RunFolders;
import org.diffusion4j.server.run.RunsApi;
import org.diffusion4j.weights.file.AvailableMemory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.MinimumDataRateHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * A server that draws. It has a Jetty of its own, which {@link #start} starts, or answers within somebody else's by its {@link
 * #handler}. Clients are those of its own interface, of OpenAI's and of AUTOMATIC1111's, and people with a browser.
 */
public final class DiffusionServer implements AutoCloseable {
    /** The usual port. */
    public static final int PORT = 7860;

    private static final long IDLE_MILLIS = 30_000;
    private static final long LEAST_BYTES_A_SECOND = 1024;
    private static final Duration UNTIL_ANSWERED = Duration.ofSeconds(2);

    private final Builder settings;
    private final ServedModels models;
    private final JobQueue jobs;
    private final Exchanges exchanges;
    private final JettyHandler handler;
    private final ScheduledExecutorService timer;
    private Server jetty;
    private ServerConnector connector;

    private DiffusionServer(Builder settings) {
        this.settings = settings;
        this.jobs = new JobQueue(settings.limits);
        this.models = new ServedModels(
                settings.modelBytes == 0 ? AvailableMemory.bytes() / 2 : settings.modelBytes, settings.idle);
        try {
            Computing computing = new Computing(settings.engine, settings.threads, settings.precision);
            settings.models.forEach(model -> models.add(model, computing, settings.loras));
        } catch (RuntimeException e) {
            models.close();
            throw e;
        }
        this.timer = Executors.newScheduledThreadPool(2, work -> {
            Thread thread = new Thread(work, "server-timer");
            thread.setDaemon(true);
            return thread;
        });
        var unused = timer.scheduleWithFixedDelay(this::tidy, 10, 10, TimeUnit.SECONDS);
        HttpCounts counts = new HttpCounts();
        Router router = new Router();
        OwnApi.addTo(router, models, jobs);
        RunsApi.addTo(router, new RunFolders(settings.runs));
        OpenAiApi.addTo(router, models, jobs);
        A1111Api.addTo(router, models, jobs);
        Metrics.addTo(router, models, jobs, counts);
        Page.addTo(router);
        Set<String> open = new LinkedHashSet<>(Page.paths());
        open.addAll(Set.of("/health", "/openapi.json"));
        Gate gate = new Gate(settings.keys, settings.origins, settings.isLoopback(), open);
        this.exchanges = new Exchanges(
                new Dispatcher(router, gate), settings.bodyBytes, timer, new AccessLog(counts, settings.accessLog));
        this.handler = new JettyHandler(exchanges);
    }

    private void tidy() {
        models.letGoIdle();
        jobs.forgetOld();
    }

    /**
     * Begins a server's settings.
     *
     * @return a builder without models, for this machine alone at port {@value #PORT}
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Answers requests within somebody's own Jetty, where {@link #start} isn't called. What listens, and to whom, is up to that Jetty;
     * so are limits of connections.
     *
     * @return a handler, which ends with this server
     */
    public Handler handler() {
        return handler;
    }

    /**
     * Answers requests that come through a container of somebody's own, as a servlet's do.
     *
     * @return who answers them, and their limits; they end with this server
     */
    public Exchanges exchanges() {
        return exchanges;
    }

    /**
     * The models.
     *
     * @return those that were given
     */
    public ServedModels models() {
        return models;
    }

    /**
     * The jobs.
     *
     * @return the queue, with which Java code may draw beside the server's clients
     */
    public JobQueue jobs() {
        return jobs;
    }

    /**
     * Starts a Jetty of the server's own.
     *
     * @return this
     * @throws Diffusion4jException if it can't listen there, or would listen to other machines without keys
     */
    public synchronized DiffusionServer start() {
        requireGiven(
                settings.isLoopback() || !settings.keys.isEmpty() || settings.noKey,
                "host",
                "127.0.0.1, for this machine alone, or keys, or that nobody needs one",
                settings.host);
        QueuedThreadPool threads = new QueuedThreadPool(64);
        threads.setName("http");
        threads.setDaemon(true);
        jetty = new Server(threads);
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        connector = new ServerConnector(jetty, 1, 1, new HttpConnectionFactory(http));
        connector.setHost(settings.host);
        connector.setPort(settings.port);
        connector.setIdleTimeout(IDLE_MILLIS);
        jetty.addConnector(connector);
        jetty.setErrorHandler(new PlainErrors());
        jetty.setHandler(new MinimumDataRateHandler(handler, LEAST_BYTES_A_SECOND, 0));
        jetty.setStopTimeout(0);
        try {
            jetty.start();
        } catch (Exception e) {
            Throwable cause = e.getCause() instanceof IOException ? e.getCause() : e;
            stopJetty();
            throw new Diffusion4jException(
                    "port: expected one to listen at, found " + settings.host + ":" + settings.port + " ("
                            + cause.getMessage() + ")",
                    e);
        }
        return this;
    }

    /**
     * Where the server listens.
     *
     * @return such as {@code http://127.0.0.1:7860/}
     * @throws IllegalStateException if it isn't started
     */
    public synchronized URI uri() {
        if (connector == null) {
            throw new IllegalStateException("the server isn't started");
        }
        String host = settings.host.contains(":") ? "[" + settings.host + "]" : settings.host;
        return URI.create("http://" + host + ":" + connector.getLocalPort() + "/");
    }

    /**
     * Stops: no more jobs are taken, those that wait or are drawn may still end, and clients whose jobs don't are told so.
     *
     * @param grace how long jobs have; a few seconds more may go by
     */
    public synchronized void stop(Duration grace) {
        jobs.stop(grace);
        long until = System.nanoTime() + UNTIL_ANSWERED.toNanos();
        try {
            while (exchanges.unanswered() > 0 && System.nanoTime() < until) {
                Thread.sleep(20);
            }
            if (jetty != null) {
                Thread.sleep(300); // for the last events, and for what is on its way
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        stopJetty();
        timer.shutdownNow();
        models.close();
    }

    private void stopJetty() {
        if (jetty != null) {
            try {
                jetty.stop();
            } catch (Exception e) {
                throw new IllegalStateException("Jetty doesn't stop", e);
            }
            jetty = null;
        }
    }

    /** Stops at once: jobs that haven't ended are lost, of which their clients are told. */
    @Override
    public void close() {
        stop(Duration.ZERO);
    }

    /** A server's settings. */
    public static final class Builder {
        private final List<FoundModel> models = new ArrayList<>();
        private final List<Path> runs = new ArrayList<>();
        private final Set<String> origins = new LinkedHashSet<>();
        private String host = "127.0.0.1";
        private int port = PORT;
        private Keys keys = Keys.NONE;
        private boolean noKey;
        private JobLimits limits = JobLimits.USUAL;
        private int bodyBytes = 32 << 20;
        private long modelBytes;
        private Duration idle = Duration.ofMinutes(15);
        private Loras loras = Loras.NONE;
        private EngineKind engine = EngineKind.AUTO;
        private int threads = PhysicalCores.count();
        private Precision precision = Precision.FP32;
        private Consumer<String> accessLog = line -> {};

        private Builder() {}

        /**
         * Adds a model, which is fetched if it is on the hub.
         *
         * @param model a name of the zoo, a folder or file, or {@code hf:owner/name}
         * @return this
         * @throws Diffusion4jException if it can't be fetched
         */
        public Builder model(String model) {
            return model(FoundModel.of(model));
        }

        /**
         * Adds a model.
         *
         * @param model where it is, and what clients call it
         * @return this
         */
        public Builder model(FoundModel model) {
            models.add(model);
            return this;
        }

        /**
         * Sets the adapters of the models that draw by texts.
         *
         * @param all those that always act, and those that clients may ask for by name
         * @return this
         */
        public Builder loras(Loras all) {
            this.loras = all;
            return this;
        }

        /**
         * Shows training runs, also those that begin later.
         *
         * @param folder that of a run, or one that has some in it
         * @return this
         */
        public Builder runs(Path folder) {
            runs.add(folder);
            return this;
        }

        /**
         * Sets where the server listens.
         *
         * @param address a name or address of this machine; {@code 0.0.0.0} for all of its addresses
         * @return this
         */
        public Builder host(String address) {
            this.host = address;
            return this;
        }

        /**
         * Sets the port.
         *
         * @param number 0 for any that is free
         * @return this
         */
        public Builder port(int number) {
            this.port = number;
            return this;
        }

        /**
         * Sets who may ask.
         *
         * @param file a key a line
         * @return this
         * @throws Diffusion4jException if it can't be read or has no key
         */
        public Builder keyFile(Path file) {
            this.keys = Keys.read(file);
            return this;
        }

        /**
         * Says aloud that everybody who reaches the server may ask.
         *
         * @return this
         */
        public Builder noKey() {
            this.noKey = true;
            return this;
        }

        /**
         * Lets pages of another origin ask.
         *
         * @param origin such as {@code https://draw.example.org}
         * @return this
         */
        public Builder origin(String origin) {
            origins.add(origin);
            return this;
        }

        /**
         * Sets what clients may ask for.
         *
         * @param all the limits
         * @return this
         */
        public Builder limits(JobLimits all) {
            this.limits = all;
            return this;
        }

        /**
         * Sets the largest body of a request.
         *
         * @param bytes at least 1
         * @return this
         */
        public Builder bodyBytes(int bytes) {
            this.bodyBytes = bytes;
            return this;
        }

        /**
         * Sets how much memory the weights of all models may take together. Those that were unused for longest are let go for others.
         *
         * @param bytes at least 1; half of the machine's memory if it isn't set
         * @return this
         */
        public Builder modelBytes(long bytes) {
            this.modelBytes = bytes;
            return this;
        }

        /**
         * Sets after how long without a drawing a model's weights are let go.
         *
         * @param time 15 minutes if it isn't set
         * @return this
         */
        public Builder idle(Duration time) {
            this.idle = time;
            return this;
        }

        /**
         * Sets what runs the networks.
         *
         * @param kind the kind of engine
         * @param count the number of threads that compute, at least 1
         * @param numbers the type of the numbers that are multiplied
         * @return this
         */
        public Builder computing(EngineKind kind, int count, Precision numbers) {
            this.engine = kind;
            this.threads = count;
            this.precision = numbers;
            return this;
        }

        /**
         * Sets who is told of each answer.
         *
         * @param lines takes a line for each; it is called by several threads
         * @return this
         */
        public Builder accessLog(Consumer<String> lines) {
            this.accessLog = lines;
            return this;
        }

        private boolean isLoopback() {
            try {
                return InetAddress.getByName(host).isLoopbackAddress();
            } catch (UnknownHostException e) {
                return false;
            }
        }

        /**
         * Makes the server, which reads the models' configurations but no weights yet.
         *
         * @return a server that isn't started
         * @throws Diffusion4jException if there is no model, or one can't be read
         */
        public DiffusionServer build() {
            requireGiven(!models.isEmpty(), "model", "at least one", "none");
            return new DiffusionServer(this);
        }
    }
}
