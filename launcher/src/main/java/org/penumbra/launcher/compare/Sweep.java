// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.penumbra.options.Setting;
import org.penumbra.options.Settings;

/// A setting of the machine, or a parameter of workloads, with the values it is to take one after another.
///
/// @param name   of the setting or parameter
/// @param values as given
record Sweep(String name, List<String> values) {

    /// Parses `NAME=V,V`.
    ///
    /// @param workloads that may have a parameter of that name
    /// @throws IllegalArgumentException one line, when it is wrong
    static Sweep parse(String text, List<CompareWorkload> workloads) {
        int equals = text.indexOf('=');
        String name = equals < 0 ? text : text.substring(0, equals);
        Optional<Setting<?>> setting = Settings.swept(name);
        if (setting.isEmpty() && workloads.stream().noneMatch(workload -> workload.has(name))) {
            throw new IllegalArgumentException("'" + name + "' is not one of " + String.join(", ",
                    Settings.of(Setting.Group.TRANSLATION).stream().map(Setting::name).toList())
                    + ", and no parameter of the workloads");
        }
        List<String> values = equals < 0 ? List.of() : Arrays.stream(text.substring(equals + 1).split(","))
                .map(String::strip)
                .filter(value -> !value.isEmpty()).distinct().toList();
        if (values.isEmpty()) {
            throw new IllegalArgumentException("values are missing, as in " + name + "=0,1,4");
        }
        setting.ifPresent(known -> values.forEach(known::parse));
        return new Sweep(name, values);
    }

    /// Whether it is a parameter of workloads rather than a setting of the machine.
    boolean isParameter() {
        return Settings.swept(name).isEmpty();
    }

    /// The job with this value set.
    CompareJob apply(CompareJob job, String value) {
        return Settings.swept(name).map(setting -> job.with(setting, value)).orElseGet(() -> job.with(name, value));
    }

    /// All combinations of the sweeps' values, for one job; the first sweep varies slowest.
    static List<CompareJob> expand(CompareJob job, List<Sweep> sweeps) {
        List<CompareJob> jobs = List.of(job);
        for (Sweep sweep : sweeps) {
            List<CompareJob> next = new ArrayList<>();
            for (CompareJob one : jobs) {
                for (String value : sweep.values) {
                    next.add(sweep.apply(one, value));
                }
            }
            jobs = next;
        }
        return jobs;
    }
}
