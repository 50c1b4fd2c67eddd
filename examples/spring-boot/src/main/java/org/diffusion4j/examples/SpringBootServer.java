package org.diffusion4j.examples;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.diffusion4j.server.DiffusionServer;
import org.diffusion4j.server.servlet.DiffusionServlet;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.ContextClosedEvent;

/**
 * Draws within a Spring Boot application, beside whatever else that has: {@code examples/run SpringBootServer [--server.port=8080]
 * [--diffusion4j.models=ddpm-mnist,…] [--diffusion4j.api-key-file=FILE]}. The page is at {@code http://127.0.0.1:8080/draw/}.
 */
@SpringBootApplication(proxyBeanMethods = false)
public class SpringBootServer {
    private static final Duration UNTIL_JOBS_END = Duration.ofSeconds(5);

    /**
     * Starts the application.
     *
     * @param arguments Spring Boot's and the example's own properties
     */
    public static void main(String[] arguments) {
        SpringApplication.run(SpringBootServer.class, arguments);
    }

    /** What draws, for other beans, too: {@code server.jobs()} takes jobs from Java. */
    @Bean
    DiffusionServer diffusionServer(
            @Value("${diffusion4j.models}") List<String> models, @Value("${diffusion4j.api-key-file:}") String keys) {
        DiffusionServer.Builder builder = DiffusionServer.builder();
        models.forEach(builder::model);
        if (!keys.isEmpty()) {
            builder.keyFile(Path.of(keys));
        }
        return builder.build();
    }

    /** The page and all interfaces of the server. */
    @Bean
    ServletRegistrationBean<DiffusionServlet> drawing(DiffusionServer server) {
        return new ServletRegistrationBean<>(new DiffusionServlet(server), "/draw/*");
    }

    /** While Tomcat still answers, so that clients are told of jobs that don't end. */
    @Bean
    ApplicationListener<ContextClosedEvent> stopping(DiffusionServer server) {
        return event -> server.stop(UNTIL_JOBS_END);
    }
}
