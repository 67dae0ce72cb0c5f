// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.cli;

/// A reason to stop that the user can act on: one line and an exit status.
public final class Failure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int status;

    public Failure(int status, String line) {
        super(line, null, false, false);
        this.status = status;
    }

    public int status() {
        return status;
    }

    /// Turns any exception that reached the top into a failure. Unknown exceptions are bugs of ours: their stack trace
    /// goes to a file, and the line says which.
    public static Failure of(Throwable problem) {
        return switch (problem) {
            case Failure failure -> failure;
            case OutOfMemoryError _ -> new Failure(ExitStatus.INTERNAL,
                    "out of memory; PENUMBRA_JAVA_OPTS=-Xmx4g gives more");
            default -> new Failure(ExitStatus.INTERNAL, CrashReport.describe(problem));
        };
    }
}
