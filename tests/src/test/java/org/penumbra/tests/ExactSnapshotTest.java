// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.penumbra.benchmarks.TreadmillOptions;
import org.penumbra.benchmarks.TreadmillWorkload;
import org.penumbra.code.CodePage;
import org.penumbra.exits.ExitCause;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.exits.FastPathEntry;
import org.penumbra.hart.HartConfig;
import org.penumbra.interpreter.Interpreter;
import org.penumbra.machine.Machine;
import org.penumbra.machine.MachineConfig;
import org.penumbra.machine.MachineSnapshot;
import org.penumbra.machine.Peripherals;
import org.penumbra.machine.image.ElfImage;
import org.penumbra.machine.image.ImageException;
import org.penumbra.options.ClockSource;
import org.penumbra.options.CpuName;
import org.penumbra.options.ModelName;
import org.penumbra.options.Replacement;
import org.penumbra.options.Settings;
import org.penumbra.options.Synchronisation;
import org.penumbra.paging.ModelOptions;
import org.penumbra.paging.Models;

/// A machine with a snapshot, one restored, and one forked count to the end what an undisturbed one counts.
@Timeout(300)
final class ExactSnapshotTest {
    private static final Path ROOT = Path.of(System.getProperty("penumbra.root"));
    private static final Path HARTS = ROOT.resolve("tests/src/test/resources/harts");
    private static final long MEMORY = 64L << 20;
    private static final int PARTS = 5;

    private record Guest(byte[] image, int harts, String model, ModelOptions options, int tlbEntries, HartConfig hart) {
        Guest(byte[] image, int harts, String model, ModelOptions options, int tlbEntries) {
            this(image, harts, model, options, tlbEntries, HartConfig.standard());
        }

        Machine machine() throws ImageException {
            return new Machine(config(), ElfImage.parse("guest", image));
        }

        MachineConfig config() {
            return new MachineConfig(model, MEMORY, ClockSource.INSTRUCTIONS, Long.MAX_VALUE, tlbEntries,
                    harts, hart, options, Peripherals.NONE, null, OutputStream.nullOutputStream());
        }
    }

    static List<String> models() {
        return Models.names();
    }

    private static void run(Machine machine, long instructions) {
        List<Interpreter> interpreters = machine.monitors().stream()
                .map(monitor -> new Interpreter(monitor.hart(), monitor, Interpreter.NEVER)).toList();
        machine.pauseAfter(instructions);
        while (machine.attend()) {
            interpreters.get(machine.running().id()).run();
        }
    }

    /// All that was counted, and the state.
    private static String summary(Machine machine) {
        var text = new StringBuilder(machine.instructions() + " " + machine.snapshot().hash());
        machine.monitors().forEach(monitor -> {
            ExitStatistics counts = monitor.statistics();
            text.append("\n").append(monitor.hart().instret());
            for (ExitCause cause : ExitCause.values()) {
                text.append(' ').append(counts.exits(cause));
            }
            for (FastPathEntry entry : FastPathEntry.values()) {
                text.append(' ').append(counts.fastPathEntries(entry));
            }
            text.append(List.of(counts.walk.guest, counts.walk.host, counts.tlbMisses, counts.tlbPermissionMisses,
                    counts.ptesReRead, counts.ptesChanged, counts.ptesDropped, counts.tablesFreed, counts.pagesLive,
                    counts.pagesPeak));
            text.append(List.of(counts.splinteredSuperpages, counts.rootEvictions, counts.tableEvictions,
                    counts.hostPagesMoved));
        });
        return text.toString();
    }

    private static void check(Guest guest) throws ImageException {
        String expected;
        long length;
        try (Machine undisturbed = guest.machine()) {
            run(undisturbed, Long.MAX_VALUE);
            length = undisturbed.instructions();
            expected = summary(undisturbed);
        }
        List<MachineSnapshot> taken = new ArrayList<>();
        try (Machine machine = guest.machine()) {
            for (int part = 1; part <= PARTS; part++) {
                run(machine, length / (PARTS + 1));
                taken.add(machine.snapshot(taken.isEmpty() ? null : taken.getLast()));
            }
            run(machine, Long.MAX_VALUE);
            assertEquals(expected, summary(machine), "with snapshots");
            for (int part : new int[] {PARTS - 1, 1}) {
                machine.restore(taken.get(part));
                run(machine, 12345);
                machine.restore(taken.get(part));
                run(machine, Long.MAX_VALUE);
                assertEquals(expected, summary(machine), "restored to " + part);
            }
        }
        for (MachineSnapshot snapshot : List.of(taken.get(0), taken.get(PARTS / 2))) {
            try (Machine fork = Machine.of(snapshot, guest.config())) {
                assertEquals(snapshot.hash(), fork.snapshot().hash());
                run(fork, Long.MAX_VALUE);
                assertEquals(expected, summary(fork), "forked");
            }
        }
    }

    private static byte[] forking() {
        return TreadmillWorkload.FORKEXIT.image(TreadmillOptions.DEFAULT, 10, 64, 8);
    }

    @ParameterizedTest
    @MethodSource("models")
    void everyModelContinuesExactly(String model) throws ImageException {
        check(new Guest(forking(), 1, model, ModelOptions.DEFAULTS, 256));
        byte[] superpages = TreadmillWorkload.PROTECTFLIP.image(TreadmillOptions.DEFAULT.withSuperpages(true), 64, 10);
        check(new Guest(superpages, 1, model, ModelOptions.DEFAULTS.withHostPages(Settings.LARGE_PAGES), 16));
        check(new Guest(forking(), 1, model, ModelOptions.DEFAULTS.withBalloon(1500)
                .withShadowMemory(Settings.LEAST_SHADOW_MEMORY).withRootBuffer(2)
                .withReplacement(Replacement.RANDOM), 1));
    }

    @ParameterizedTest
    @MethodSource("models")
    void severalHartsContinueExactly(String model) throws IOException, ImageException {
        check(new Guest(Files.readAllBytes(HARTS.resolve("shootdown.elf")), 4, model, ModelOptions.DEFAULTS, 64));
    }

    /// A hypervisor and its guests, whose second stages are shadowed but under `native`.
    @ParameterizedTest
    @MethodSource("modelsOfHypervisors")
    void hypervisorsContinueExactly(ModelName model) throws IOException, ImageException {
        byte[] image = Files.readAllBytes(ROOT.resolve("tests/src/test/resources/hypervisor/monitor.elf"));
        HartConfig hart = HartConfig.standard().withCpu(CpuName.MAX);
        check(new Guest(image, 1, model.toString(), ModelOptions.DEFAULTS, 256, hart));
        check(new Guest(image, 1, model.toString(), ModelOptions.DEFAULTS.withBalloon(1500).withSynchronisation(Synchronisation.PRESENT), 16,
                hart));
    }

    static List<ModelName> modelsOfHypervisors() {
        return ModelName.ofHypervisors();
    }

    @ParameterizedTest
    @EnumSource(Synchronisation.class)
    void everyPolicyOfFencesContinuesExactly(Synchronisation policy) throws ImageException {
        check(new Guest(forking(), 1, "ssp", ModelOptions.DEFAULTS.withSynchronisation(policy), 256));
        check(new Guest(forking(), 1, "asp", ModelOptions.DEFAULTS.withSynchronisation(policy).withRootBuffer(0), 64));
    }

    /// Decoded code of pages that have not changed stays.
    @ParameterizedTest
    @MethodSource("models")
    void restoringKeepsCode(String model) throws ImageException {
        try (Machine machine = new Guest(forking(), 1, model, ModelOptions.DEFAULTS, 256).machine()) {
            run(machine, 500_000);
            MachineSnapshot taken = machine.snapshot();
            CodePage page = machine.monitor().fetch(machine.hart().pc);
            run(machine, 100_000);
            assertTrue(page.holdsCode());
            machine.restore(taken);
            assertSame(page, machine.monitor().fetch(machine.hart().pc));
            assertTrue(page.holdsCode());
        }
    }

    /// The test itself would see a difference: cold translations count more.
    @Test
    void anotherModelBeginsCold() throws ImageException {
        var guest = new Guest(forking(), 1, "native", ModelOptions.DEFAULTS, 256);
        try (Machine machine = guest.machine()) {
            run(machine, 500_000);
            MachineSnapshot taken = machine.snapshot();
            run(machine, 100_000);
            long warm = machine.monitor().statistics().tlbMisses;
            try (Machine cold = Machine.of(taken, new Guest(guest.image, 1, "native", ModelOptions.DEFAULTS, 128)
                    .config())) {
                run(cold, 100_000);
                assertNotEquals(warm, cold.monitor().statistics().tlbMisses);
            }
        }
    }
}
