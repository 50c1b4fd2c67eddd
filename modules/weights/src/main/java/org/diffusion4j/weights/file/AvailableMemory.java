package org.diffusion4j.weights.file;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.bytedeco.javacpp.Pointer;

/** The memory that arrays may take, so that what is certainly too large is refused before anything is allocated. */
public final class AvailableMemory {
    private AvailableMemory() {}

    /**
     * The memory that this process may use.
     *
     * @return the bytes of the machine or its container, or JavaCPP's own limit if that is less
     */
    public static long bytes() {
        long machine = ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
        long allowed = Pointer.maxPhysicalBytes();
        return allowed > 0 ? Math.min(machine, allowed) : machine;
    }
}
