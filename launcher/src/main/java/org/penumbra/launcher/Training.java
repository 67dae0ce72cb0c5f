// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.penumbra.benchmarks.Parameters;
import org.penumbra.benchmarks.Parameters.Mode;
import org.penumbra.benchmarks.Workload;
import org.penumbra.benchmarks.Workloads;

/// The run that the start-up cache is made from: it loads and exercises what every start needs, the compiler and its
/// profiles included. Not a command; the `penumbra` script runs it once after a build.
public final class Training {

    /// Integers, floating point, and calls; few instructions, so that a build does not wait long.
    private static final List<String> WORKLOADS = List.of("quicksort", "nbody", "dispatch");
    private static final String INSTRUCTION_LIMIT = "20000000";

    private Training() {
    }

    public static void main(String[] arguments) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        System.setOut(nowhere);
        Main.execute(nowhere, "--version");
        Main.execute(nowhere, "run", "--help");
        Main.execute(nowhere, "run", "/nonexistent");
        for (String name : WORKLOADS) {
            Workload workload = Workloads.find(name).orElseThrow();
            run(workload, workload.parameters().with(Mode.S));
        }
    }

    private static void run(Workload workload, Parameters parameters) {
        Map<String, String> options = MachineOptions.polyglot(MachineOptions.Engine.DEFAULT);
        options.put("riscv.max-instructions", INSTRUCTION_LIMIT);
        try (Guest guest = Guest.load(workload.name(), workload.image(parameters), options, InputStream.nullInputStream(),
                OutputStream.nullOutputStream(), System.err)) {
            StatisticsFile.of(guest.statistics());
            guest.run();
        } catch (Failure e) {
            // Reaching the limit is one; what ran until then is in the cache.
            System.err.println(workload.name() + ": " + e.getMessage());
        }
    }
}
