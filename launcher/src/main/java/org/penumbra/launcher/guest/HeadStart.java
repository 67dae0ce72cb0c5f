// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.guest;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.options.EngineMode;
import org.penumbra.options.Settings;

/// Builds a machine that never runs, in parallel with parsing the command line. Most of the time of a process's first
/// machine is spent on loading and initialising classes, which another processor can do meanwhile.
public final class HeadStart {

    private static final Set<String> VERBS = Set.of("linux", "run");
    private static final Set<String> HELP = Set.of("-h", "--help");
    private static final byte[] LOOP = {0x6f, 0, 0, 0};

    private static final Duration LONGEST = Duration.ofSeconds(2);

    private final Thread thread;

    private HeadStart(Thread thread) {
        this.thread = thread;
    }

    /// Starts and returns at once. Nothing depends on its success.
    ///
    /// @param arguments of the command line
    public static HeadStart of(List<String> arguments) {
        boolean useful = !arguments.isEmpty() && VERBS.contains(arguments.getFirst())
                && Collections.disjoint(arguments, HELP);
        return new HeadStart(useful ? Thread.ofPlatform().daemon().name("head start").start(HeadStart::build) : null);
    }

    /// Waits until it has finished, usually long ago: Truffle's native code prints errors on standard error if the JVM
    /// ends while it is running.
    public void await() {
        try {
            if (thread != null) {
                thread.join(LONGEST);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static void build() {
        Map<String, String> options = new LinkedHashMap<>(MachineOptions.polyglot(EngineMode.DEFAULT));
        options.put(Settings.MEMORY.key(), "65536");
        options.put(Settings.RAW.key(), "true");
        try {
            Guest.load("head start", LOOP, options, InputStream.nullInputStream(), OutputStream.nullOutputStream(),
                    new PrintStream(OutputStream.nullOutputStream())).close();
        } catch (Failure _) {
            // If the command needs a machine, it will report the error.
        }
    }
}
