// SPDX-License-Identifier: Apache-2.0
package org.penumbra.firmware;

import org.penumbra.hart.Hart;
import org.penumbra.monitor.Monitor;
import org.penumbra.snapshot.State;

/// Which harts run, according to the Hart State Management and System Suspend extensions (SBI 3.0, chapters 9 and 13).
/// Every change is complete when the call returns, so pending states are never visible.
final class HartStates {
    private static final long STARTED = 0;
    private static final long STOPPED = 1;
    private static final long SUSPENDED = 4;
    private static final int RETENTIVE = 0;
    private static final int NON_RETENTIVE = 1 << 31;
    private static final int SUSPEND_TO_RAM = 0;

    private final Firmware firmware;
    private final Monitor[] monitors;
    /// Where each hart resumes after its last suspension.
    private final long[] suspendedAt;

    HartStates(Firmware firmware, Monitor[] monitors) {
        this.firmware = firmware;
        this.monitors = monitors;
        this.suspendedAt = new long[monitors.length];
    }

    /// A call of the HSM extension.
    void call(SbiCall call) {
        switch (call.function()) {
            case 0 -> call.end(start(call.argument(0), call.argument(1), call.argument(2)));
            case 1 -> call.end(stop(call.hart()));
            case 2 -> status(call);
            case 3 -> suspend(call);
            default -> call.unsupported();
        }
    }

    /// A call of the SUSP extension: the only running hart sleeps until an interrupt that it has enabled.
    void suspendSystem(SbiCall call) {
        if (call.function() != 0) {
            call.unsupported();
        } else if ((int) call.argument(0) != SUSPEND_TO_RAM) {
            call.end(SbiError.INVALID_PARAM);
        } else if (running() != 1) {
            call.end(SbiError.DENIED);
        } else {
            sleep(call);
        }
    }

    private boolean exists(long id) {
        return id >= 0 && id < monitors.length;
    }

    private long start(long id, long entry, long argument) {
        if (!exists(id)) {
            return SbiError.INVALID_PARAM;
        }
        Hart hart = monitors[(int) id].hart();
        if (!hart.stopped) {
            return SbiError.ALREADY_AVAILABLE;
        }
        if (!firmware.isMemory(entry)) {
            return SbiError.INVALID_ADDRESS;
        }
        hart.stopped = false;
        hart.waiting = false;
        firmware.enter(hart, entry, argument);
        monitors[(int) id].wake();
        return SbiError.SUCCESS;
    }

    /// The last hart cannot be stopped: nothing could start another one.
    private long stop(Hart caller) {
        if (running() == 1) {
            return SbiError.FAILED;
        }
        caller.stopped = true;
        caller.yieldRequested = true;
        return SbiError.SUCCESS;
    }

    private int running() {
        int running = 0;
        for (Monitor monitor : monitors) {
            running += monitor.hart().stopped ? 0 : 1;
        }
        return running;
    }

    private void status(SbiCall call) {
        if (!exists(call.argument(0))) {
            call.end(SbiError.INVALID_PARAM);
            return;
        }
        monitors[(int) call.argument(0)].halt(false);
        Hart hart = monitors[(int) call.argument(0)].hart();
        boolean suspended = hart.waiting && hart.pc == suspendedAt[hart.id()];
        call.succeed(hart.stopped ? STOPPED : suspended ? SUSPENDED : STARTED);
    }

    private void suspend(SbiCall call) {
        switch ((int) call.argument(0)) {
            case RETENTIVE -> waitHere(call.hart());
            case NON_RETENTIVE -> sleep(call);
            default -> call.end(SbiError.INVALID_PARAM); // reserved, or platform-specific
        }
    }

    /// Suspends the caller, which resumes like a started hart. Its wake-up sources (sie and the timer) are kept
    /// meanwhile.
    private void sleep(SbiCall call) {
        if (!firmware.isMemory(call.argument(1))) {
            call.end(SbiError.INVALID_ADDRESS);
            return;
        }
        firmware.goTo(call.hart(), call.argument(1), call.argument(2));
        waitHere(call.hart());
        call.neverReturn();
    }

    private void waitHere(Hart hart) {
        suspendedAt[hart.id()] = hart.pc;
        hart.waiting = true;
        hart.yieldRequested = true;
    }

    /// Saves or restores its state.
    void transfer(State state) {
        state.numbers(suspendedAt);
    }
}
