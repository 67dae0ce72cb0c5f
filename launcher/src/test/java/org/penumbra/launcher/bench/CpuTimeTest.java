// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.bench;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import org.junit.jupiter.api.Test;

class CpuTimeTest {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /// A tick of the system is 1 to 10 ms.
    private static final double TICK = 0.01;

    @Test
    void isAtMostATickBehindAnotherProcess() throws Exception {
        Process process = new ProcessBuilder("sh", "-c", "while :; do :; done").start();
        try {
            CpuTime time = new CpuTime(process.pid());
            long begun = System.nanoTime();
            double before = time.seconds();
            double after = before;
            for (int i = 0; i < 1000 && after - before < 10 * TICK; i++) {
                Thread.sleep(10);
                after = time.seconds();
            }
            double taken = after - before;
            double wall = (System.nanoTime() - begun) / 1e9;
            assertTrue(taken >= 10 * TICK, () -> "%.3f s of 10".formatted(taken));
            assertTrue(taken <= wall + TICK, () -> "%.3f s of %.3f".formatted(taken, wall));
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void showsWhatItsOwnProcessTakesBetweenTwoTicks() {
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
