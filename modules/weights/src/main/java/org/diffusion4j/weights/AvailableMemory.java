package org.diffusion4j.weights;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.bytedeco.javacpp.Pointer;

/** The memory that arrays may take: what can be seen to be too large is refused before anything is allocated. */
public final class AvailableMemory {
    private AvailableMemory() {}

    /**
     * What this machine has, or less.
     *
     * @return bytes: the machine's or its container's, or JavaCPP's own limit where that is less
     */
    public static long bytes() {
        long machine = ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
        long allowed = Pointer.maxPhysicalBytes();
        return allowed > 0 ? Math.min(machine, allowed) : machine;
    }
}
