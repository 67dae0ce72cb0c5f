// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;
import org.penumbra.exits.CostModel;
import org.penumbra.exits.ExitCause;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.exits.FastPathEntry;
import org.penumbra.exits.GuestCounts;
import org.penumbra.exits.Measurement;
import org.penumbra.hart.Interrupts;
import org.penumbra.hart.TrapCause;
import org.penumbra.language.engine.Engine;
import org.penumbra.language.engine.EngineCounts;
import org.penumbra.machine.Machine;
import org.penumbra.machine.MachineConfig;
import org.penumbra.machine.Outcome;
import org.penumbra.monitor.Monitor;
import org.penumbra.options.EngineMode;

/// What has been counted, in the shape that `--stats` writes.
final class StatisticsReport {
    private StatisticsReport() {
    }

    /// @param hostNanos time spent running
    static ValueMap of(Machine machine, List<Engine> engines, EngineMode mode, long hostNanos) {
        Outcome outcome = machine.outcome();
        boolean exited = outcome != null && outcome.reason() == Outcome.Reason.POWER_OFF;
        var report = new ValueMap()
                .put("model", machine.config().model())
                .put("engine", lower(mode))
                .put("clock", lower(machine.config().clock()))
                .put("mmu", "sv" + machine.config().hart().virtualAddressBits())
                .put("ad", lower(machine.config().hart().accessedDirty()))
                .put("cpu", lower(machine.config().hart().cpu()))
                .put("guestExit", exited ? outcome.status() : Nothing.INSTANCE);
        counts(report, machine.counts(hostNanos), machine.config());
        Measurement marked = machine.measurement();
        if (machine.config().timing() != null) {
            report.put("timingParameters", TimingReport.parameters(machine.config().timing()));
        }
        return report
                .put("measured", part(machine, marked.result()))
                .put("boot", part(machine, marked.boot()))
                .put("parts", new ValueList(marked.parts().stream().map(part -> part(machine, part)).toArray()))
                .put("harts", new ValueList(machine.monitors().stream()
                        .map(monitor -> ofHart(machine, monitor)).toArray()))
                .put("compiler", compiler(engines));
    }

    private static ValueMap compiler(List<Engine> engines) {
        return new ValueMap().put("regions", sum(engines, EngineCounts::evaluations))
                .put("seconds", engines.stream().mapToDouble(Engine::compilerSeconds).sum())
                .put("entries", sum(engines, EngineCounts::entries))
                .put("interpreted", sum(engines, EngineCounts::interpreted))
                .put("translatedRegions", sum(engines, EngineCounts::translations))
                .put("translatedEntries", sum(engines, EngineCounts::translatedEntries))
                .put("translatedInstructions", sum(engines, EngineCounts::translatedInstructions))
                .put("improvements", sum(engines, EngineCounts::improvements))
                .put("promotions", sum(engines, EngineCounts::promotions))
                .put("reversions", sum(engines, EngineCounts::reversions));
    }

    private static long sum(List<Engine> engines, ToLongFunction<EngineCounts> count) {
        return engines.stream().map(Engine::counts).mapToLong(count).sum();
    }

    private static Object part(Machine machine, Measurement.Point part) {
        return part == null ? Nothing.INSTANCE : counts(new ValueMap(), part, machine.config());
    }

    private static ValueMap ofHart(Machine machine, Monitor monitor) {
        var report = new ValueMap().put("id", monitor.hart().id())
                .put("instructions", machine.counted(monitor.hart()));
        return events(report, monitor.statistics(), machine.config());
    }

    private static ValueMap counts(ValueMap report, Measurement.Point part, MachineConfig config) {
        report.put("instructions", part.instructions()).put("hostSeconds", part.nanos() / 1e9);
        events(report, part.counts(), config);
        return part.cycles() == null ? report : report.put("timing", TimingReport.of(part, config.timing()));
    }

    private static ValueMap events(ValueMap report, ExitStatistics counts, MachineConfig config) {
        CostModel freeExits = CostModel.withExit(0);
        if (config.hart().cpu().hasHypervisor()) {
            report.put("guestHypervisor", guests(counts.guests));
        }
        return report
                .put("hypervisorExits", exits(counts))
                .put("memoryVirtualisationExits", counts.memoryVirtualisationExits())
                .put("exitsWithoutFences", counts.exitsWithoutFences())
                .put("fastPathEntries", fastPathEntries(counts))
                .put("walkReferences", new ValueMap().put("guest", counts.walk.guest).put("host", counts.walk.host))
                .put("tlb", new ValueMap().put("misses", counts.tlbMisses)
                        .put("permissionMisses", counts.tlbPermissionMisses)
                        .put("entries", config.tlbEntries()))
                .put("synchronisation", new ValueMap().put("ptesReRead", counts.ptesReRead)
                        .put("ptesChanged", counts.ptesChanged).put("ptesDropped", counts.ptesDropped)
                        .put("tablesFreed", counts.tablesFreed))
                .put("shadow", new ValueMap().put("pagesLive", counts.pagesLive).put("pagesPeak", counts.pagesPeak)
                        .put("splinteredSuperpages", counts.splinteredSuperpages)
                        .put("rootEvictions", counts.rootEvictions).put("tableEvictions", counts.tableEvictions)
                        .put("hostPagesMoved", counts.hostPagesMoved))
                .put("costModel", new ValueMap().put("fastPath", freeExits.fastPath()).put("memory", freeExits.memory())
                        .put("cyclesWithoutExits", freeExits.cycles(counts, false)));
    }

    /// What guests of the guest did: their exits to it, by cause, those that there were.
    private static ValueMap guests(GuestCounts counts) {
        var exits = new ValueMap();
        for (int cause = 0; cause < GuestCounts.causes(); cause++) {
            put(exits, TrapCause.name(cause), counts.exits(false, cause));
            put(exits, Interrupts.name(cause), counts.exits(true, cause));
        }
        return new ValueMap().put("exits", exits).put("allExits", counts.exits()).put("walks", counts.walks)
                .put("firstStageReferences", counts.firstStageReferences)
                .put("secondStageReferences", counts.secondStageReferences);
    }

    private static void put(ValueMap exits, String cause, long count) {
        if (count != 0) {
            exits.put(cause, count);
        }
    }

    private static ValueMap exits(ExitStatistics counts) {
        var result = new ValueMap();
        for (ExitCause cause : ExitCause.values()) {
            result.put(cause.key(), counts.exits(cause));
        }
        return result;
    }

    private static ValueMap fastPathEntries(ExitStatistics counts) {
        var result = new ValueMap();
        for (FastPathEntry entry : FastPathEntry.values()) {
            result.put(entry.key(), counts.fastPathEntries(entry));
        }
        return result;
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
