// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.cli;

/// Exit statuses of the command when it is not the guest that chooses one (the numbers of BSD's `sysexits`).
final class ExitStatus {

    static final int OK = 0;
    static final int USAGE = 64;
    static final int BAD_IMAGE = 65;
    static final int NO_INPUT = 66;
    static final int INTERNAL = 70;
    static final int GUEST_RESET = 71;
    static final int CANNOT_WRITE = 73;
    static final int INSTRUCTION_LIMIT = 75;
    static final int INTERRUPTED = 130;
    static final int OUTPUT_CLOSED = 141;

    private ExitStatus() {
    }
}
