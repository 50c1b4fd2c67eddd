package org.diffusion4j.hub;

import java.time.Duration;
import java.util.Optional;

/** A request failed in a way that may pass: the connection was cut, or the server is busy. */
final class PassingFault extends Exception {
    private static final long serialVersionUID = 1L;

    private final HubException lasting;
    private final transient Duration asked;

    /**
     * @param lasting what is thrown if it doesn't pass
     * @param asked how long the server asks to wait; null if it doesn't
     */
    PassingFault(HubException lasting, Duration asked) {
        super(lasting);
        this.lasting = lasting;
        this.asked = asked;
    }

    PassingFault(HubException lasting) {
        this(lasting, null);
    }

    HubException lasting() {
        return lasting;
    }

    Optional<Duration> asked() {
        return Optional.ofNullable(asked);
    }
}
