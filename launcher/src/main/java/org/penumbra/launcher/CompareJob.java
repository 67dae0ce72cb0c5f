// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.penumbra.launcher.report.Run;

/// One workload to be run under one model.
///
/// @param workload with its parameters
/// @param swept    the names and values of what is swept, as given
/// @param settings of the machine, swept ones included, as the language takes them
record CompareJob(CompareWorkload workload, String model, Map<String, String> swept, Map<Setting, String> settings) {

    /// A workload with nothing swept yet, under no model yet.
    static CompareJob of(CompareWorkload workload, Map<Setting, String> settings) {
        return new CompareJob(workload, "", Map.of(), settings);
    }

    CompareJob under(String other) {
        return new CompareJob(workload, other, swept, settings);
    }

    /// The same with a swept parameter of the workload.
    CompareJob with(String parameter, String value) {
        return new CompareJob(workload.with(parameter, value), model, swept(parameter, value), settings);
    }

    /// The same with a swept setting.
    ///
    /// @throws IllegalArgumentException one line, when it is no value for that
    CompareJob with(Setting setting, String value) {
        Map<Setting, String> changed = new EnumMap<>(Setting.class);
        changed.putAll(settings);
        changed.put(setting, setting.parse(value));
        return new CompareJob(workload, model, swept(setting.option(), value), changed);
    }

    private Map<String, String> swept(String name, String value) {
        Map<String, String> result = new LinkedHashMap<>(swept);
        result.put(name, value);
        return result;
    }

    /// What it is, for people.
    String title() {
        StringBuilder text = new StringBuilder(workload.name());
        swept.forEach((option, value) -> text.append(' ').append(option).append('=').append(value));
        return text.append(" under ").append(model).toString();
    }

    /// Runs it in a context of its own.
    ///
    /// @param common options of the polyglot engine and the language, for all jobs
    /// @throws Failure when the guest does not come to an end
    Run run(Map<String, String> common, PrintStream err) {
        Map<String, String> options = new LinkedHashMap<>(workload.options());
        options.putAll(common);
        options.putAll(Setting.polyglot(settings));
        options.put("riscv.model", model);
        var out = new ByteArrayOutputStream();
        try (Guest guest = Guest.load(workload.name(), workload.image(settings), options, InputStream.nullInputStream(), out, err)) {
            guest.run();
            return new Run(workload.name(), swept, workload.result(out.toString(StandardCharsets.UTF_8)),
                    StatisticsFile.of(guest.statistics()));
        }
    }
}
