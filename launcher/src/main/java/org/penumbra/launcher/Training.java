// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import java.io.OutputStream;
import java.io.PrintStream;

/// The run that the start-up cache is made from: it loads and exercises what every start needs. Not a command; the
/// `penumbra` script runs it once after a build.
public final class Training {

    private Training() {
    }

    public static void main(String[] arguments) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        System.setOut(nowhere);
        Main.execute(nowhere, "--version");
        Main.execute(nowhere, "run", "--help");
        Main.execute(nowhere, "run", "/nonexistent");
    }
}
