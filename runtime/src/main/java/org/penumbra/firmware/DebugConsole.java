// SPDX-License-Identifier: Apache-2.0
package org.penumbra.firmware;

import org.penumbra.memory.GuestMemory;
import org.penumbra.monitor.Monitor;

/// The console of the DBCN extension (SBI 2.0, chapter 12), and that of the legacy calls.
final class DebugConsole {
    private static final int WRITE = 0;
    private static final int READ = 1;
    private static final int WRITE_BYTE = 2;
    /// Most bytes per call; a guest with more is told how many were handled, and calls again.
    private static final int CHUNK = 4096;

    private final Monitor[] monitors;
    private final GuestMemory memory;
    private final FirmwareConsole console;

    DebugConsole(Monitor[] monitors, GuestMemory memory, FirmwareConsole console) {
        this.monitors = monitors;
        this.memory = memory;
        this.console = console;
    }

    void put(long value) {
        console.write(new byte[] {(byte) value}, 1);
    }

    /// The next byte of input, or -1.
    int take() {
        return console.read();
    }

    void call(SbiCall call) {
        int function = call.function();
        if (function == WRITE_BYTE) {
            put(call.argument(0));
        } else if (function != WRITE && function != READ) {
            call.unsupported();
        } else {
            transfer(call, function == WRITE);
        }
    }

    private void transfer(SbiCall call, boolean write) {
        long wanted = call.argument(0);
        long gpa = call.argument(1);
        if (call.argument(2) != 0 || wanted < 0 || wanted > 0 && !memory.contains(gpa, wanted)) {
            call.end(SbiError.INVALID_PARAM);
            return;
        }
        int length = (int) Math.min(wanted, CHUNK);
        call.succeed(write ? write(gpa, length) : read(call.hart().id(), gpa, length));
    }

    private int write(long gpa, int length) {
        byte[] bytes = new byte[length];
        memory.read(gpa, bytes, 0, length);
        console.write(bytes, length);
        return length;
    }

    private int read(int hart, long gpa, int length) {
        byte[] bytes = new byte[length];
        int taken = 0;
        for (int next; taken < length && (next = console.read()) >= 0; taken++) {
            bytes[taken] = (byte) next;
        }
        if (taken > 0) {
            memory.write(gpa, bytes, 0, taken);
            monitors[hart].written(gpa, taken);
        }
        return taken;
    }
}
