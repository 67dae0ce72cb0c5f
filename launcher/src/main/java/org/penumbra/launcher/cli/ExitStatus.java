// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.cli;

/// Exit statuses of the command when it is not the guest that chooses one (the numbers of BSD's `sysexits`).
public final class ExitStatus {

    public static final int OK = 0;
    public static final int USAGE = 64;
    public static final int BAD_IMAGE = 65;
    public static final int NO_INPUT = 66;
    public static final int INTERNAL = 70;
    public static final int GUEST_RESET = 71;
    public static final int CANNOT_WRITE = 73;
    static final int INSTRUCTION_LIMIT = 75;
    public static final int INTERRUPTED = 130;
    public static final int OUTPUT_CLOSED = 141;

    private static final int LOW_BITS = 0xff;

    private ExitStatus() {
    }

    /// What a guest's status comes out as. The system keeps the low eight bits of ours; a status that has none of them set,
    /// and is not 0, would come out as success, so it is 1.
    public static int ofGuest(int status) {
        return status != 0 && (status & LOW_BITS) == 0 ? 1 : status;
    }
}
