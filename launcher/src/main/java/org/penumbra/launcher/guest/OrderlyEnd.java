// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.guest;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.penumbra.launcher.cli.EndHook;

/// Ends a run in order when the process must end (Ctrl-C, a signal, a closed output pipe): the guest is stopped, and
/// statistics and reports of the run so far are still written.
///
/// The run is over when [#close] is called; the end of the process waits a little for that.
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
