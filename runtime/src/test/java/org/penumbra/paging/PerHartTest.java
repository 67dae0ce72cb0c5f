// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.penumbra.hart.Hart;
import org.penumbra.mmu.TestHart;

final class PerHartTest {
    private static final long MILLISECONDS = 200;

    /// Harts that run in parallel, under a model that serves them apart, come here at the same time.
    @Test
    void statesAreMadeOneAfterTheOther() throws Exception {
        var making = new AtomicInteger();
        var most = new AtomicInteger();
        var states = new PerHart<Object>(_ -> {
            most.accumulateAndGet(making.incrementAndGet(), Math::max);
            try {
                Thread.sleep(MILLISECONDS);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            making.decrementAndGet();
            return new Object();
        });
        var start = new CyclicBarrier(2);
        List<Hart> harts = List.of(TestHart.create(0, 16, 1), TestHart.create(5, 16, 1));
        try (var threads = Executors.newFixedThreadPool(2)) {
            List<Future<Object>> made = threads.invokeAll(harts.stream().<Callable<Object>>map(hart -> () -> {
                start.await();
                return states.of(hart);
            }).toList());
            for (int i = 0; i < 2; i++) {
                assertSame(made.get(i).get(), states.of(harts.get(i)));
            }
        }
        assertEquals(1, most.get());
    }
}
