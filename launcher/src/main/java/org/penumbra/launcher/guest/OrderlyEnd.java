// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.guest;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.penumbra.launcher.cli.EndHook;

/// Lets a run come to its end when the process is told to end (Ctrl-C, a signal, an output that nobody reads any more):
/// the guest stops, and what is to be written about the run so far is still written.
///
/// The run is over with [#close], for which the end of the process waits a little.
public final class OrderlyEnd implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(2);

    private final CountDownLatch over = new CountDownLatch(1);
    private final Guest guest;
    private final EndHook hook;

    public OrderlyEnd(Guest guest) {
        this.guest = guest;
        hook = new EndHook("end", this::stop);
    }

    private void stop() {
        try {
            if (guest.interrupt(LIMIT)) {
                over.await(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException _) {
            // Nobody interrupts this thread.
        }
    }

    @Override
    public void close() {
        over.countDown();
        hook.remove();
    }
}
