// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import org.junit.jupiter.api.Test;

class CpuTimeTest {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /// A tick of the system is 1 to 10 ms.
    @Test
    void showsWhatAProcessTakesBetweenTwoTicks() {
        CpuTime time = new CpuTime(ProcessHandle.current().pid());
        for (int i = 0; i < 20; i++) {
            double before = time.seconds();
            long own = THREADS.getCurrentThreadCpuTime();
            long end = own + 300_000;
            while (THREADS.getCurrentThreadCpuTime() < end) {
                Thread.onSpinWait();
            }
            double after = time.seconds();
            assertTrue(after - before >= 300e-6, () -> "%.9f s of at least 0.0003".formatted(after - before));
        }
    }

    @Test
    void knowsNothingOfAProcessThatHasEnded() throws Exception {
        Process process = new ProcessBuilder("true").start();
        CpuTime time = new CpuTime(process.pid());
        process.waitFor();
        assertTrue(Double.isNaN(time.seconds()));
    }
}
