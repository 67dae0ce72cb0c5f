// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;
import org.penumbra.benchmarks.TreadmillWorkload.Suite;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.guest.Program;
import org.penumbra.launcher.report.Run;
import org.penumbra.options.Setting;
import org.penumbra.options.Settings;

/// The small kernel that ships.
final class TreadmillGuest implements CompareGuest {

    /// The name that stands for all workloads of the field's edition.
    private static final String FIELD = "field";
    /// Far beyond every workload: ends one that hangs.
    private static final String INSTRUCTION_LIMIT = "20000000000";

    private record Patched(byte[] image, long memory) implements Program {
        @Override
        public Map<String, String> options() {
            return Map.of(Settings.MEMORY.key(), Long.toString(memory),
                    Settings.MAX_INSTRUCTIONS.key(), INSTRUCTION_LIMIT);
        }
    }

    @Override
    public List<CompareWorkload> all(boolean quick) {
        return presets(Suite.KERNEL, quick);
    }

    private static List<CompareWorkload> presets(Suite suite, boolean quick) {
        return suite.workloads().stream().<CompareWorkload>map(w -> TreadmillChoice.preset(w, quick)).toList();
    }

    @Override
    public List<CompareWorkload> named(String text, boolean quick) {
        return text.equals(FIELD) ? presets(Suite.FIELD, quick) : CompareGuest.super.named(text, quick);
    }

    @Override
    public CompareWorkload parse(String text, boolean quick) {
        return TreadmillChoice.parse(text, quick);
    }

    @Override
    public List<List<CompareWorkload>> runs(List<CompareWorkload> chosen) {
        return chosen.stream().map(List::of).toList();
    }

    @Override
    public Program program(List<CompareWorkload> workloads, Map<Setting<?>, String> machine) {
        TreadmillChoice choice = (TreadmillChoice) workloads.getFirst();
        return new Patched(choice.image(machine), choice.workload().suite().memory());
    }

    @Override
    public long memory(List<CompareWorkload> workloads) {
        return ((TreadmillChoice) workloads.getFirst()).memory();
    }

    @Override
    public List<Run> results(CompareJob job, String printed, JsonObject statistics) {
        String last = printed.strip().lines().reduce((first, second) -> second).orElse("nothing");
        if (!last.contains(" checksum=")) {
            throw new Failure(ExitStatus.INTERNAL, "the guest says \"" + last + "\"");
        }
        statistics.remove("parts"); // there is one, "measured"
        return List.of(new Run(job.workloads().getFirst().name(), job.swept(), printed, statistics));
    }
}
