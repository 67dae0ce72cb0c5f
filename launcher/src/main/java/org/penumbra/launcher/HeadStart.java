// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;

/// Builds a machine that never runs, on a thread beside the one that reads the command line: what the first machine of a
/// process takes is mostly the loading and initialising of classes, and another processor can do that meanwhile.
final class HeadStart {

    private static final byte[] LOOP = {0x6f, 0, 0, 0};

    private HeadStart() {
    }

    /// Returns at once. Nothing depends on whether it succeeds.
    static void begin() {
        Thread.ofPlatform().daemon().name("head start").start(HeadStart::build);
    }

    private static void build() {
        Map<String, String> options = new LinkedHashMap<>(MachineOptions.polyglot(MachineOptions.Engine.DEFAULT));
        options.put("riscv.memory", "65536");
        try {
            Guest.load("head start", LOOP, options, InputStream.nullInputStream(), OutputStream.nullOutputStream(),
                    new PrintStream(OutputStream.nullOutputStream())).close();
        } catch (Failure _) {
            // Who asked for a machine will be told.
        }
    }
}
