// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.cli;

/// Exit statuses of the command, unless the guest chooses one (numbered as in BSD's `sysexits`).
public final class ExitStatus {

    public static final int OK = 0;
    public static final int USAGE = 64;
    public static final int BAD_IMAGE = 65;
    public static final int NO_INPUT = 66;
    public static final int UNAVAILABLE = 69;
    public static final int INTERNAL = 70;
    public static final int GUEST_RESET = 71;
    public static final int CANNOT_WRITE = 73;
    static final int INSTRUCTION_LIMIT = 75;
    public static final int INTERRUPTED = 130;
    public static final int OUTPUT_CLOSED = 141;

    private static final int LOW_BITS = 0xff;

    private ExitStatus() {
    }

    /// Maps a guest's status to ours. The system keeps only the low eight bits; a non-zero status whose low eight bits
    /// are zero would look like success, so it becomes 1.
    public static int ofGuest(int status) {
        return status != 0 && (status & LOW_BITS) == 0 ? 1 : status;
    }
}
