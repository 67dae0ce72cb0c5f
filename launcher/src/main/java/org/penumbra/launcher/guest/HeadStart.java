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

/// Builds a machine that never runs, on a thread beside the one that reads the command line: what the first machine of a
/// process takes is mostly the loading and initialising of classes, and another processor can do that meanwhile.
public final class HeadStart {

    private static final Set<String> VERBS = Set.of("linux", "run");
    private static final Set<String> HELP = Set.of("-h", "--help");
    private static final byte[] LOOP = {0x6f, 0, 0, 0};

    private static final Duration LONGEST = Duration.ofSeconds(2);

    private final Thread thread;

    private HeadStart(Thread thread) {
        this.thread = thread;
    }

    /// Returns at once. Nothing depends on whether it succeeds.
    ///
    /// @param arguments of the command line
    public static HeadStart of(List<String> arguments) {
        boolean useful = !arguments.isEmpty() && VERBS.contains(arguments.getFirst()) && Collections.disjoint(arguments, HELP);
        return new HeadStart(useful ? Thread.ofPlatform().daemon().name("head start").start(HeadStart::build) : null);
    }

    /// Waits until it is done, as a rule long ago: Truffle's native code complains, on standard error, of a Java machine that
    /// ends under it.
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
        Map<String, String> options = new LinkedHashMap<>(MachineOptions.polyglot(MachineOptions.Engine.DEFAULT));
        options.put("riscv.memory", "65536");
        options.put("riscv.raw", "true");
        try {
            Guest.load("head start", LOOP, options, InputStream.nullInputStream(), OutputStream.nullOutputStream(),
                    new PrintStream(OutputStream.nullOutputStream())).close();
        } catch (Failure _) {
            // Who asked for a machine will be told.
        }
    }
}
