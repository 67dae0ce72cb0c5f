// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// The progress line of a comparison: rewritten in place on a terminal, otherwise printed as a new line from time to
/// time.
final class CompareProgress {

    private static final long QUIET_NANOS = 10_000_000_000L;
    private static final int SURE = 3;

    private final PrintStream err;
    private final int jobs;
    private final boolean inPlace;
    private final long begun = System.nanoTime();
    private long shownAt = begun - QUIET_NANOS;
    private int done;
    private boolean visible;

    CompareProgress(PrintStream err, int jobs) {
        this(err, jobs, onTerminal());
    }

    CompareProgress(PrintStream err, int jobs, boolean inPlace) {
        this.err = err;
        this.jobs = jobs;
        this.inPlace = inPlace;
    }

    private static boolean onTerminal() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException | UnsupportedOperationException _) {
            return false;
        }
    }

    synchronized void started(String what) {
        long now = System.nanoTime();
        if (inPlace) {
            err.print("\r\033[K" + line(what, now));
            err.flush();
            visible = true;
        } else if (now - shownAt >= QUIET_NANOS) {
            shownAt = now;
            err.println(line(what, now));
        }
    }

    synchronized void finished() {
        done++;
    }

    /// So many are done, here or elsewhere.
    synchronized void reached(int finished, String where) {
        if (finished != done || done == 0) {
            done = finished;
            started(where);
        }
    }

    /// Erases the line before other output.
    synchronized void clear() {
        if (visible) {
            err.print("\r\033[K");
            err.flush();
            visible = false;
        }
    }

    private String line(String what, long now) {
        String estimate = "";
        if (done >= SURE) {
            long seconds = Math.round((now - begun) / 1e9 * (jobs - done) / done);
            estimate = ", about " + (seconds >= 100 ? Math.round(seconds / 60.0) + " min" : seconds + " s") + " left";
        }
        return "penumbra: " + done + " of " + jobs + " runs" + estimate + "; " + what;
    }
}
