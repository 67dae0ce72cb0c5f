// SPDX-License-Identifier: Apache-2.0
package org.penumbra.firmware;

import org.penumbra.hart.Hart;
import org.penumbra.monitor.Monitor;
import org.penumbra.snapshot.State;

/// Which harts run, as the Hart State Management extension has it (SBI 2.0, chapter 9). Every change is done when the
/// call returns, so that the pending states are never seen.
final class HartStates {
    private static final long STARTED = 0;
    private static final long STOPPED = 1;
    private static final long SUSPENDED = 4;
    private static final int RETENTIVE = 0;
    private static final int NON_RETENTIVE = 1 << 31;

    private final Firmware firmware;
    private final Monitor[] monitors;
    /// Where each hart goes on after it was suspended last.
    private final long[] suspendedAt;
    private long value;

    HartStates(Firmware firmware, Monitor[] monitors) {
        this.firmware = firmware;
        this.monitors = monitors;
        this.suspendedAt = new long[monitors.length];
    }

    /// What goes into a1 after the last [#call].
    long value() {
        return value;
    }

    /// Makes a call of the extension.
    /// @return the error code
    long call(Hart caller, int function, long a0, long a1, long a2) {
        value = 0;
        return switch (function) {
            case 0 -> start(a0, a1, a2);
            case 1 -> stop(caller);
            case 2 -> status(a0);
            case 3 -> suspend(caller, (int) a0);
            default -> SbiError.NOT_SUPPORTED;
        };
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
        return SbiError.SUCCESS;
    }

    /// The last hart cannot be stopped: nobody could start another.
    private long stop(Hart caller) {
        int running = 0;
        for (Monitor monitor : monitors) {
            running += monitor.hart().stopped ? 0 : 1;
        }
        if (running == 1) {
            return SbiError.FAILED;
        }
        caller.stopped = true;
        caller.attention = true;
        return SbiError.SUCCESS;
    }

    private long status(long id) {
        if (!exists(id)) {
            return SbiError.INVALID_PARAM;
        }
        Hart hart = monitors[(int) id].hart();
        value = hart.stopped ? STOPPED : hart.waiting && hart.pc == suspendedAt[hart.id()] ? SUSPENDED : STARTED;
        return SbiError.SUCCESS;
    }

    private long suspend(Hart caller, int type) {
        if (type != RETENTIVE) {
            return type == NON_RETENTIVE ? SbiError.NOT_SUPPORTED : SbiError.INVALID_PARAM; // the rest is reserved, or not there
        }
        suspendedAt[caller.id()] = caller.pc;
        caller.waiting = true;
        caller.attention = true;
        return SbiError.SUCCESS;
    }

    /// Hands over its state, or takes it.
    void transfer(State state) {
        state.numbers(suspendedAt);
    }
}
