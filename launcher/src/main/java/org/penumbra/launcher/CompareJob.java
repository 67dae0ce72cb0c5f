// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.penumbra.benchmarks.TreadmillOptions;
import org.penumbra.launcher.report.Run;

/// One workload to be run under one model.
///
/// @param choice  the workload and its parameters
/// @param setting values of swept options
/// @param machine options of the language, by their names in the polyglot API
/// @param guest   what the guest's kernel makes of the machine
record CompareJob(CompareWorkload choice, String model, Map<String, String> setting, Map<String, String> machine,
        TreadmillOptions guest) {

    private static final String MEMORY = Long.toString(128L << 20);
    /// Far beyond every workload: ends one that hangs.
    private static final String INSTRUCTION_LIMIT = "20000000000";

    CompareJob under(String other) {
        return new CompareJob(choice, other, setting, machine, guest);
    }

    /// What it is, for people.
    String title() {
        StringBuilder text = new StringBuilder(choice.name());
        setting.forEach((option, value) -> text.append(' ').append(option).append('=').append(value));
        return text.append(" under ").append(model).toString();
    }

    /// Runs it in a context of its own.
    ///
    /// @param engineOptions of the polyglot engine and the language, for all jobs
    /// @throws Failure when the guest does not come to an end
    Run run(Map<String, String> engineOptions, PrintStream err) {
        Map<String, String> options = new LinkedHashMap<>();
        options.put("riscv.memory", MEMORY);
        options.put("riscv.max-instructions", INSTRUCTION_LIMIT);
        options.putAll(engineOptions);
        options.putAll(machine);
        options.put("riscv.model", model);
        var out = new ByteArrayOutputStream();
        try (Guest running = Guest.load(choice.name(), choice.image(guest), options, InputStream.nullInputStream(), out, err)) {
            running.run();
            return new Run(choice.name(), setting, out.toString(StandardCharsets.UTF_8), StatisticsFile.of(running.statistics()));
        }
    }
}
