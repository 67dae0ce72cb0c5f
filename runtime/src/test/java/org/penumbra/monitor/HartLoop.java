// SPDX-License-Identifier: Apache-2.0
package org.penumbra.monitor;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.penumbra.hart.Hart;

/// What a hart's own thread does where harts run in parallel: it is inside, but when it is called.
public final class HartLoop {
    private HartLoop() {
    }

    /// Runs on the thread that calls it.
    ///
    /// @param goesOn  asked before each step
    /// @param failure gets what a step throws, unless it has something
    public static void run(MachineLock lock, Hart hart, BooleanSupplier goesOn, Runnable step,
            AtomicReference<Throwable> failure) {
        lock.runsOn(hart, Thread.currentThread());
        try {
            comeOut(lock, hart, true);
            while (goesOn.getAsBoolean()) {
                if (lock.isCalled(hart)) {
                    comeOut(lock, hart, true);
                }
                step.run();
                hart.yieldRequested = false;
            }
        } catch (Throwable thrown) {
            failure.compareAndSet(null, thrown);
        } finally {
            comeOut(lock, hart, false);
        }
    }

    private static void comeOut(MachineLock lock, Hart hart, boolean goesOn) {
        lock.enter(hart);
        lock.answer(hart);
        lock.goIn(goesOn);
        lock.leave();
    }
}
