// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.guest;

import java.io.PrintStream;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.stream.Collectors;

/// Turns the polyglot engine's log into messages of ours. A region that could not be compiled costs speed, not
/// correctness: the first few get one line each, without a stack trace.
public final class EngineLog extends Handler {

    private static final int SHOWN_FAILURES = 3;

    private final PrintStream err;
    private int failures;

    public EngineLog(PrintStream err) {
        this.err = err;
    }

    @Override
    public synchronized void publish(LogRecord entry) {
        String message = entry.getMessage();
        if (message == null) {
            return;
        }
        if (!message.startsWith("opt fail")) {
            err.println("[" + entry.getLoggerName() + "] " + message);
            return;
        }
        failures++;
        if (failures <= SHOWN_FAILURES) {
            err.println("penumbra: warning: guest code stays interpreted: " + summary(message));
        } else if (failures == SHOWN_FAILURES + 1) {
            err.println("penumbra: warning: more guest code stays interpreted (further warnings not shown)");
        }
    }

    /// From `opt fail id=7 NAME |AST 12` and, on lines of their own, the reason and a stack trace: name and reason.
    private static String summary(String message) {
        String line = message.lines().limit(2).collect(Collectors.joining(": ")).replaceAll("\\s+", " ").strip();
        return line.length() > 300 ? line.substring(0, 300) + "…" : line;
    }

    @Override
    public void flush() {
        err.flush();
    }

    @Override
    public void close() {
        flush();
    }
}
