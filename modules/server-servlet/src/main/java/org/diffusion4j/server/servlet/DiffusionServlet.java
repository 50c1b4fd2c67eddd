package org.diffusion4j.server.servlet;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.diffusion4j.server.DiffusionServer;

/**
 * All of a {@link DiffusionServer}'s interfaces, and its page, within somebody else's container of servlets. It is mapped to {@code /*} or to a
 * path of its own, such as {@code /draw/*}, and must be allowed to answer asynchronously. No thread waits for a body or a picture.
 *
 * <p>What listens, and to whom, is up to the container, and so are limits of connections. {@link DiffusionServer#start} isn't called, and the
 * server isn't ended by the servlet's end: whoever made it stops it, before the container stops if clients shall be told.
 *
 * <p>A job whose client goes away is cancelled where the container can tell, as Tomcat can. In others it is drawn to its end.
 */
public final class DiffusionServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    private final transient DiffusionServer server;

    /**
     * Makes a servlet.
     *
     * @param server a server that isn't started
     */
    public DiffusionServlet(DiffusionServer server) {
        this.server = server;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) {
        new ServletExchange(server.exchanges(), request, response).begin();
    }
}
