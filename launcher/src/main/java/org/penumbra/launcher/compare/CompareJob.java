// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.penumbra.launcher.guest.GivenOptions;
import org.penumbra.launcher.guest.Guest;
import org.penumbra.launcher.guest.Program;
import org.penumbra.launcher.guest.StatisticsFile;
import org.penumbra.launcher.report.Run;
import org.penumbra.options.Setting;
import org.penumbra.options.Settings;

/// Workloads to run under one model, in one run of a guest.
///
/// @param workloads with their parameters
/// @param swept     names and values of swept parameters and settings, as given
/// @param settings  of the machine, swept ones included, as the language takes them
record CompareJob(CompareGuest guest, List<CompareWorkload> workloads, String model, Map<String, String> swept,
        Map<Setting<?>, String> settings) {

    /// A job with nothing swept and no model yet.
    static CompareJob of(CompareGuest guest, List<CompareWorkload> workloads, Map<Setting<?>, String> settings) {
        return new CompareJob(guest, workloads, "", Map.of(), settings);
    }

    CompareJob under(String other) {
        return new CompareJob(guest, workloads, other, swept, settings);
    }

    /// The same with a swept parameter of the workloads that have it.
    CompareJob with(String parameter, String value) {
        return new CompareJob(guest, workloads.stream().map(w -> w.has(parameter) ? w.with(parameter, value) : w)
                .toList(), model,
                swept(parameter, value), settings);
    }

    /// The same with a swept setting.
    ///
    /// @throws IllegalArgumentException with a one-line message, if the value is invalid
    CompareJob with(Setting<?> setting, String value) {
        Map<Setting<?>, String> changed = new LinkedHashMap<>(settings);
        changed.put(setting, setting.normal(value));
        return new CompareJob(guest, workloads, model, swept(setting.name(), value), changed);
    }

    private Map<String, String> swept(String name, String value) {
        Map<String, String> result = new LinkedHashMap<>(swept);
        result.put(name, value);
        return result;
    }

    /// A description for users.
    String title() {
        StringBuilder text = new StringBuilder(workloads.size() == 1 ? name() : workloads.size() + " workloads");
        swept.forEach((option, value) -> text.append(' ').append(option).append('=').append(value));
        return text.append(" under ").append(model).toString();
    }

    private String name() {
        return workloads.getFirst().name();
    }

    /// Fetches what this job needs, which also serves jobs that differ only in model or settings.
    ///
    /// @throws org.penumbra.launcher.cli.Failure 66 if it cannot be fetched
    void obtain() {
        guest.obtain(workloads);
    }

    /// Bytes that its guest and the shadow tables take at most.
    long memory() {
        String tables = settings.get(Settings.SHADOW_MEMORY);
        return guest.memory(workloads)
                + (tables == null ? Settings.SHADOW_MEMORY.initial() : Settings.SHADOW_MEMORY.parse(tables));
    }

    /// Runs the job in its own context, when there is memory for it.
    ///
    /// @throws InterruptedException while it waits for that
    List<Run> run(Map<String, String> common, MemoryBudget budget, PrintStream err) throws InterruptedException {
        int taken = budget.take(memory());
        try {
            return run(common, err);
        } finally {
            budget.give(taken);
        }
    }

    /// Runs the job in its own context.
    ///
    /// @param common options of the polyglot engine and the language, for all jobs
    /// @throws org.penumbra.launcher.cli.Failure if the guest does not end, or does not do its work
    List<Run> run(Map<String, String> common, PrintStream err) {
        var out = new ByteArrayOutputStream();
        try (Program program = guest.program(workloads, settings)) {
            Map<String, String> options = new LinkedHashMap<>(program.options());
            options.putAll(common);
            Map<Setting<?>, String> effective = new LinkedHashMap<>(settings);
            effective.keySet().removeIf(setting -> !setting.hasEffect(model));
            options.putAll(GivenOptions.polyglot(effective));
            options.put(Settings.MODEL.key(), model);
            try (Guest machine = Guest.load(name(), program.image(), options, InputStream.nullInputStream(), out,
                    err)) {
                machine.run();
                return guest.results(this, out.toString(StandardCharsets.UTF_8),
                        StatisticsFile.of(machine.statistics()));
            }
        }
    }
}
