// SPDX-License-Identifier: Apache-2.0
package org.penumbra.firmware;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.device.board.VirtMap;
import org.penumbra.hart.GuestTrap;
import org.penumbra.hart.Hart;
import org.penumbra.hart.HartConfig;
import org.penumbra.machine.Machine;
import org.penumbra.machine.MachineConfig;
import org.penumbra.machine.Outcome;
import org.penumbra.machine.image.Contents;
import org.penumbra.machine.image.ImageException;
import org.penumbra.machine.image.KernelBuilder;
import org.penumbra.machine.image.LinuxImage;
import org.penumbra.options.CpuName;

final class FirmwareTest {
    private static final int ECALL_FROM_SUPERVISOR = 9;
    private static final long BUFFER = VirtMap.RAM + 0x1000;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private Machine machine;
    private Hart hart;
    private long error;

    @BeforeEach
    void start() throws ImageException {
        start("");
    }

    private void start(String input) throws ImageException {
        start(input, 1);
    }

    private void start(String input, int harts) throws ImageException {
        var in = new ByteArrayInputStream(input.getBytes(StandardCharsets.US_ASCII));
        machine = new Machine(MachineConfig.standard().withMemory(32L << 20).withHarts(harts).withConsole(in, out),
                LinuxImage.parse("kernel", Contents.of(new KernelBuilder().build())));
        hart = machine.hart();
    }

    /// Makes a call.
    /// @return a1; a0 is in `error`
    private long call(long extension, long function, long... arguments) {
        for (int i = 0; i < 6; i++) {
            hart.registers[10 + i] = i < arguments.length ? arguments[i] : 0;
        }
        hart.registers[16] = function;
        hart.registers[17] = extension;
        long pc = hart.pc;
        hart.takeTrap(ECALL_FROM_SUPERVISOR, 0);
        assertEquals(pc + 4, hart.pc);
        assertEquals(Hart.SUPERVISOR, hart.privilege);
        error = hart.registers[10];
        return hart.registers[11];
    }

    private static long name(String text) {
        long value = 0;
        for (char letter : text.toCharArray()) {
            value = value << 8 | letter;
        }
        return value;
    }

    @Test
    void versionIsTheOneThatFirmwareFeaturesCameWith() {
        assertEquals(0x0300_0000, call(0x10, 0));
        assertEquals(0, error);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TIME", "sPI", "RFNC", "HSM", "SRST", "DBCN", "FWFT", "PMU", "SUSP"})
    void extensionIsFoundByProbing(String extension) {
        long id = extension.equals("RFNC") ? 0x5246_4e43 : name(extension);
        assertEquals(1, call(0x10, 3, id));
        assertEquals(0, error);
    }

    @ParameterizedTest
    @ValueSource(strings = {"CPPC", "NACL", "STA", "MPXY", "SSE", "DBTR"})
    void absentExtensionIsNotSupported(String extension) {
        assertEquals(0, call(0x10, 3, name(extension)));
        call(name(extension), 0);
        assertEquals(SbiError.NOT_SUPPORTED, error);
    }

    @Test
    void absentFunctionsOfPresentExtensionsAreNotSupported() {
        for (String extension : new String[] {"TIME", "sPI", "HSM", "SRST", "DBCN", "FWFT", "PMU", "SUSP"}) {
            call(name(extension), 77);
            assertEquals(SbiError.NOT_SUPPORTED, error, extension);
        }
        call(0x10, 77);
        assertEquals(SbiError.NOT_SUPPORTED, error);
    }

    @Test
    void timerInterruptComesWhenItsTimeHas() {
        call(name("TIME"), 0, -1L);
        assertEquals(0, hart.interrupts.pending() & 1 << 5);
        call(name("TIME"), 0, 0);
        assertEquals(1 << 5, hart.interrupts.pending() & 1 << 5);
    }

    @Test
    void timerInterruptIsNotThereInTheInstructionThatReadsItsTime() {
        hart.csrs.write(hart.csrs.number("sie"), 1 << 5);
        call(name("TIME"), 0, 1000);
        hart.waiting = true;
        assertTrue(machine.attend());
        assertEquals(1 << 5, hart.interrupts.pending() & 1 << 5);
        assertEquals(1001, machine.time());
    }

    @Test
    void interruptGoesToTheHartsOfTheMaskOnly() {
        call(name("sPI"), 0, 2, 0);
        assertEquals(SbiError.INVALID_PARAM, error);
        assertEquals(0, hart.interrupts.pending() & 2);
        call(name("sPI"), 0, 1, 0);
        assertEquals(0, error);
        assertEquals(2, hart.interrupts.pending() & 2);
        hart.csrs.write(hart.csrs.number("sip"), 0);
        assertEquals(0, hart.interrupts.pending() & 2);
        call(name("sPI"), 0, 0, -1);
        assertEquals(2, hart.interrupts.pending() & 2);
    }

    @Test
    void remoteFencesReachTheHart() {
        for (int function = 0; function <= 2; function++) {
            hart.yieldRequested = false;
            call(0x5246_4e43, function, 1, 0, 0x1000, 0x2000, 5);
            assertEquals(0, error);
            assertEquals(function > 0, hart.yieldRequested);
        }
        call(0x5246_4e43, 1, 2, 0, 0, 0);
        assertEquals(SbiError.INVALID_PARAM, error);
        call(0x5246_4e43, 3, 1, 0, 0, 0);
        assertEquals(SbiError.NOT_SUPPORTED, error);
    }

    @Test
    void remoteFenceMakesANewMappingVisible() {
        // Sv39: one gigapage at virtual 0, first the RAM's first gigabyte, then the one after it.
        long table = VirtMap.RAM + 0x3000;
        machine.memory().store(table, 8, VirtMap.RAM >>> 12 << 10 | 0xcf);
        hart.csrs.write(hart.csrs.number("satp"), 8L << 60 | table >>> 12);
        machine.memory().store(BUFFER, 8, 42);
        assertEquals(42, machine.monitor().load(BUFFER - VirtMap.RAM, 8));
        machine.memory().store(table, 8, 0);
        call(0x5246_4e43, 1, 1, 0, BUFFER - VirtMap.RAM, 4096);
        machine.monitor().load(BUFFER - VirtMap.RAM, 8);
        assertTrue(hart.trapPending(), "the fenced translation is gone");
    }

    @Test
    void hartIsStartedAlready() {
        assertEquals(0, call(name("HSM"), 2, 0));
        call(name("HSM"), 2, 1);
        assertEquals(SbiError.INVALID_PARAM, error);
        call(name("HSM"), 0, 0, VirtMap.RAM, 0);
        assertEquals(SbiError.ALREADY_AVAILABLE, error);
        call(name("HSM"), 0, 9, VirtMap.RAM, 0);
        assertEquals(SbiError.INVALID_PARAM, error);
    }

    @Test
    void suspendedHartWaits() {
        call(name("HSM"), 3, 0);
        assertEquals(0, error);
        assertTrue(hart.waiting);
        hart.waiting = false;
        for (long reserved : new long[] {1, 0x0fff_ffffL, 0x1000_0000L, 0x8000_0001L, 0xffff_ffffL}) {
            call(name("HSM"), 3, reserved, VirtMap.RAM, 0);
            assertEquals(SbiError.INVALID_PARAM, error);
        }
        assertFalse(hart.waiting);
    }

    /// Suspends the hart, by a call that does not return.
    private void sleep(long extension, long function, long type, long address, long argument) {
        hart.registers[10] = type;
        hart.registers[11] = address;
        hart.registers[12] = argument;
        hart.registers[16] = function;
        hart.registers[17] = extension;
        hart.takeTrap(ECALL_FROM_SUPERVISOR, 0);
    }

    @ParameterizedTest
    @CsvSource({"HSM, 3, 2147483648", "HSM, 3, -2147483648", "SUSP, 0, 0", "SUSP, 0, 4294967296"})
    void sleepingHartResumesWhereItSaidWithTranslationAndInterruptsOff(String extension, int function, long type) {
        hart.csrs.write(hart.csrs.number("satp"), 8L << 60 | BUFFER >>> 12);
        hart.csrs.write(hart.csrs.number("sie"), 1 << 5);
        hart.csrs.write(hart.csrs.number("sstatus"), 2);
        hart.csrs.write(hart.csrs.number("stimecmp"), 1000);
        sleep(name(extension), function, type, BUFFER, 77);
        assertTrue(hart.waiting);
        assertTrue(machine.attend(), "the timer wakes it");
        assertFalse(hart.waiting);
        assertEquals(BUFFER, hart.pc);
        assertEquals(Hart.SUPERVISOR, hart.privilege);
        assertEquals(0, hart.registers[10]);
        assertEquals(77, hart.registers[11]);
        assertEquals(0, hart.satp());
        assertEquals(0, hart.csrs.read(hart.csrs.number("sstatus")) & 2);
    }

    @Test
    void systemSleepsOnlyWhereEveryOtherHartIsStoppedAndTheAddressIsMemory() throws ImageException {
        start("", 2);
        for (long reserved : new long[] {1, 0x7fff_ffffL, 0x8000_0000L}) {
            call(name("SUSP"), 0, reserved, BUFFER, 0);
            assertEquals(SbiError.INVALID_PARAM, error);
        }
        call(name("SUSP"), 0, 0, 0x1000, 0);
        assertEquals(SbiError.INVALID_ADDRESS, error);
        call(name("HSM"), 3, 0x8000_0000L, 0x1000, 0);
        assertEquals(SbiError.INVALID_ADDRESS, error);
        call(name("HSM"), 0, 1, BUFFER, 0);
        call(name("SUSP"), 0, 0, BUFFER, 0);
        assertEquals(SbiError.DENIED, error);
        assertFalse(hart.waiting);
    }

    @Test
    void featuresThatAreReservedOrOfNoPlatformAreDenied() {
        for (long feature : new long[] {6, 0x3fff_ffffL, 0x4000_0000L, 0x7fff_ffffL, 0x8000_0000L, 0xffff_ffffL}) {
            call(name("FWFT"), 1, feature);
            assertEquals(SbiError.DENIED, error, Long.toHexString(feature));
            call(name("FWFT"), 0, feature, 1, 0);
            assertEquals(SbiError.DENIED, error, Long.toHexString(feature));
        }
        for (long feature : new long[] {0, 1, 2, 3, 5}) {
            call(name("FWFT"), 1, feature);
            assertEquals(SbiError.NOT_SUPPORTED, error, Long.toHexString(feature));
        }
    }

    @Test
    void featureIdentifiersHave32Bits() {
        call(name("FWFT"), 0, 0x1_0000_0004L, 1, 0);
        assertEquals(0, error);
        assertTrue(hart.updatesAccessedDirty());
        assertEquals(1, call(name("FWFT"), 1, 0xffff_ffff_0000_0004L));
        assertEquals(0, error);
    }

    @Test
    void lockedFeatureKeepsItsValueUntilTheHartIsReset() throws ImageException {
        start("", 2);
        call(name("FWFT"), 0, 4, 0, 2);
        assertEquals(SbiError.INVALID_PARAM, error);
        call(name("FWFT"), 0, 4, 1, 1);
        assertEquals(0, error);
        for (long[] change : new long[][] {{0, 0}, {0, 1}, {1, 0}, {1, 1}}) {
            call(name("FWFT"), 0, 4, change[0], change[1]);
            assertEquals(SbiError.DENIED_LOCKED, error);
        }
        assertEquals(1, call(name("FWFT"), 1, 4));
        Hart first = hart;
        call(name("HSM"), 0, 1, BUFFER, 0);
        hart = machine.harts().get(1);
        call(name("FWFT"), 0, 4, 0, 0);
        assertEquals(0, error, "each hart has a lock of its own");
        hart = first;
        call(name("SRST"), 0, 1, 0);
        machine.attend();
        call(name("FWFT"), 0, 4, 1, 0);
        assertEquals(0, error);
    }

    @Test
    void countersAreNumberedAsTheirRegisters() {
        assertEquals(19, call(name("PMU"), 0));
        assertEquals(0xc00 | 63 << 12, call(name("PMU"), 1, 0));
        assertEquals(0xc02 | 63 << 12, call(name("PMU"), 1, 2));
        assertEquals(1L << 63, call(name("PMU"), 1, 3));
        assertEquals(1L << 63, call(name("PMU"), 1, 18));
        for (long absent : new long[] {1, 19, 64, -1}) {
            call(name("PMU"), 1, absent);
            assertEquals(SbiError.INVALID_PARAM, error);
            call(name("PMU"), 5, absent);
            assertEquals(SbiError.INVALID_PARAM, error);
        }
    }

    @Test
    void instructionsAreCountedFromTheGivenValueWhileTheCounterIsStarted() {
        int instret = hart.csrs.number("instret");
        assertEquals(2, call(name("PMU"), 2, 0, 0x7fffd, 0, 2, 0));
        assertEquals(0, error);
        call(name("PMU"), 3, 2, 1, 1, 500);
        assertEquals(0, error);
        call(name("PMU"), 3, 2, 1, 0, 0);
        assertEquals(SbiError.ALREADY_STARTED, error);
        long begun = hart.csrs.read(instret);
        assertTrue(begun >= 499 && begun <= 500, "begins at 500: " + begun);
        hart.deadline += 100;
        assertEquals(begun + 100, hart.csrs.read(instret));
        call(name("PMU"), 4, 2, 1, 0);
        assertEquals(0, error);
        long stopped = hart.csrs.read(instret);
        hart.deadline += 100;
        assertEquals(stopped, hart.csrs.read(instret));
        call(name("PMU"), 4, 2, 1, 0);
        assertEquals(SbiError.ALREADY_STOPPED, error);
    }

    /// A machine of all extensions.
    private void startMax() throws ImageException {
        var config = MachineConfig.standard().withMemory(32L << 20);
        machine = new Machine(config.withHart(config.hart().withCpu(CpuName.MAX)),
                LinuxImage.parse("kernel", Contents.of(new KernelBuilder().build())));
        hart = machine.hart();
    }

    @Test
    void programmableCountersComeBeforeThoseOfTheFirmware() throws ImageException {
        startMax();
        assertEquals(11 + 16, call(name("PMU"), 0));
        assertEquals(0xc03 | 63 << 12, call(name("PMU"), 1, 3));
        assertEquals(0xc0a | 63 << 12, call(name("PMU"), 1, 10));
        assertEquals(1L << 63, call(name("PMU"), 1, 11));
        assertEquals(1L << 63, call(name("PMU"), 1, 26));
        assertEquals(11, call(name("PMU"), 2, 0, 0x7ff_fffd, 6, 0xf_0005, 0));
        call(name("TIME"), 0, -1);
        assertEquals(1, call(name("PMU"), 5, 11));
    }

    @Test
    void cyclesInstructionsMissesAndRawEventsGetProgrammableCounters() throws ImageException {
        startMax();
        int counter = 3;
        for (long[] event : new long[][] {{1, 0}, {2, 0}, {0x1_0019, 0}, {0x1_001b, 0}, {0x1_0021, 0}, {0x2_0000, 16},
            {0x3_0000, 15}}) {
            assertEquals(counter, call(name("PMU"), 2, 0, 0x7ff_fffd, 2, event[0], event[1]));
            assertEquals(0, error);
            call(name("PMU"), 3, counter, 1, 1, 0);
            counter++;
        }
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L, 16L, 15L), List.of(event(3), event(4), event(5), event(6), event(7),
                event(8), event(9)));
        for (long[] event : new long[][] {{3, 0}, {0x1_0018, 0}, {0x2_0000, 0}, {0x2_0000, 0x1_0000}, {1, 1}}) {
            call(name("PMU"), 2, 0, 0x7ff_fffd, 2, event[0], event[1]);
            assertEquals(SbiError.NOT_SUPPORTED, error);
        }
    }

    private long event(int counter) {
        return hart.csrs.read(hart.csrs.number("mhpmevent" + counter));
    }

    @Test
    void programmableCounterStandsStillUntilItIsStartedAndLeavesModesOut() throws ImageException {
        startMax();
        int instructions = hart.csrs.number("hpmcounter3");
        // Not in user mode, and not in machine mode.
        assertEquals(3, call(name("PMU"), 2, 0, 0x7ff_fffd, 2 | 32 | 128, 2, 0));
        assertEquals(5L << 60 | 2, event(3));
        hart.deadline += 100;
        assertEquals(0, hart.csrs.read(instructions));
        call(name("PMU"), 3, 3, 1, 1, 500);
        long begun = hart.csrs.read(instructions);
        hart.deadline += 100;
        assertEquals(begun + 100, hart.csrs.read(instructions));
        hart.privilege = Hart.USER;
        hart.contextChanged();
        hart.deadline += 100;
        assertEquals(begun + 100, hart.csrs.read(instructions));
        hart.privilege = Hart.SUPERVISOR;
        hart.contextChanged();
        call(name("PMU"), 4, 3, 1, 0);
        long stopped = hart.csrs.read(instructions);
        hart.deadline += 100;
        assertEquals(stopped, hart.csrs.read(instructions));
        assertEquals(5L << 60 | 2, event(3));
        call(name("PMU"), 4, 3, 1, 1);
        assertEquals(0, event(3));
    }

    @Test
    void pointerMaskingOfTheSupervisorIsAFeature() throws ImageException {
        call(name("FWFT"), 1, 5);
        assertEquals(SbiError.NOT_SUPPORTED, error);
        startMax();
        for (long length : new long[] {7, 16, 0, 7}) {
            call(name("FWFT"), 0, 5, length, 0);
            assertEquals(0, error);
            assertEquals(length, call(name("FWFT"), 1, 5));
            assertEquals(length == 0 ? 0x7f00_0000_0000_1234L : length == 7 ? 0x0100_0000_0000_1234L : 0x1234,
                    hart.accessed(0x7f00_0000_0000_1234L));
        }
        for (long length : new long[] {1, 8, -1, 57}) {
            call(name("FWFT"), 0, 5, length, 0);
            assertEquals(SbiError.INVALID_PARAM, error);
        }
        call(name("FWFT"), 0, 5, 0, 1);
        call(name("FWFT"), 0, 5, 7, 0);
        assertEquals(SbiError.DENIED_LOCKED, error);
        assertEquals(0, call(name("FWFT"), 1, 5));
        call(name("FWFT"), 0, 4, 1, 0);
        assertEquals(0, error, "the other feature is not locked");
    }

    @Test
    void startingACounterForgetsItsOverflow() throws ImageException {
        startMax();
        call(name("PMU"), 2, 0, 0x7ff_fffd, 0, 2, 0);
        call(name("PMU"), 3, 3, 1, 1, -5);
        hart.deadline += 10;
        hart.performance.update();
        assertEquals(1L << 63 | 2, event(3));
        assertEquals(1 << 3, hart.csrs.read(hart.csrs.number("scountovf")));
        call(name("PMU"), 4, 3, 1, 0);
        call(name("PMU"), 3, 3, 1, 1, -5);
        assertEquals(2, event(3));
    }

    /// Without Sstc the supervisor's timer is the firmware's alone.
    @Test
    void timerWorksWithoutSstc() throws ImageException {
        var config = MachineConfig.standard().withMemory(32L << 20);
        machine = new Machine(config.withHart(config.hart().withCpu(CpuName.RV64GC)),
                LinuxImage.parse("kernel", Contents.of(new KernelBuilder().build())));
        hart = machine.hart();
        int stimecmp = hart.csrs.number("stimecmp");
        assertThrows(GuestTrap.class, () -> hart.csrs.check(stimecmp, false, 0));
        int sip = hart.csrs.number("sip");
        call(name("TIME"), 0, hart.events().time() + 10);
        assertEquals(0, hart.csrs.read(sip) & 1 << 5);
        hart.deadline += 10_000;
        assertEquals(1 << 5, hart.csrs.read(sip) & 1 << 5);
        call(name("TIME"), 0, -1);
        assertEquals(0, hart.csrs.read(sip) & 1 << 5);
    }

    @Test
    void countersThatNobodyStartedGoOnCountingWhenAKernelStopsAll() {
        int cycle = hart.csrs.number("cycle");
        call(name("PMU"), 4, 0, 0x7fffd, 0);
        assertEquals(SbiError.ALREADY_STOPPED, error);
        long before = hart.csrs.read(cycle);
        hart.deadline += 7;
        assertEquals(before + 7, hart.csrs.read(cycle));
    }

    @Test
    void firmwareCountsWhatItDoes() {
        long counter = call(name("PMU"), 2, 0, 0x7fffd, 6, 0xf_0005, 0);
        assertEquals(3, counter);
        assertEquals(0, error);
        call(name("TIME"), 0, -1);
        call(0, 0, -1);
        assertEquals(2, call(name("PMU"), 5, counter));
        assertEquals(0, call(name("PMU"), 6, counter));
        assertEquals(4, call(name("PMU"), 2, 0, 0x7fffd, 0, 0xf_0006, 0), "one that is started is not free");
        call(name("PMU"), 4, counter, 1, 1);
        call(name("TIME"), 0, -1);
        assertEquals(2, call(name("PMU"), 5, counter));
    }

    @Test
    void interruptsBetweenHartsAreCountedOnBothSides() throws ImageException {
        start("", 2);
        call(name("HSM"), 0, 1, BUFFER, 0);
        long sent = call(name("PMU"), 2, 0, 0x7fffd, 4, 0xf_0006, 0);
        Hart first = hart;
        hart = machine.harts().get(1);
        long received = call(name("PMU"), 2, 0, 0x7fffd, 4, 0xf_0007, 0);
        hart = first;
        call(name("sPI"), 0, 3, 0);
        assertEquals(1, call(name("PMU"), 5, sent), "the caller is no other hart");
        hart = machine.harts().get(1);
        assertEquals(1, call(name("PMU"), 5, received));
    }

    @Test
    void fencesOfGuestsAreThereWithTheHypervisorExtension() throws ImageException {
        call(0x5246_4e43, 4, 1, 0, 0, 0);
        assertEquals(SbiError.NOT_SUPPORTED, error);
        startMax();
        long counter = call(name("PMU"), 2, 0, 0x7ff_fffd, 4, 0xf_000e, 0);
        assertEquals(0, error);
        for (int function = 3; function < 7; function++) {
            call(0x5246_4e43, function, 1, 0, 0x1000, 0x1000, 5);
            assertEquals(SbiError.SUCCESS, error, Integer.toString(function));
        }
        call(0x5246_4e43, 7, 1, 0, 0, 0);
        assertEquals(SbiError.NOT_SUPPORTED, error);
        assertEquals(0, call(name("PMU"), 5, counter), "nothing was sent to another hart");
    }

    @Test
    void eventsThatNothingCountsAreNotSupported() {
        for (long event : new long[] {0, 3, 5, 10, 0x1_0000, 0x2_0000, 0xf_0000, 0xf_000e, 0xf_ffff}) {
            call(name("PMU"), 2, 0, 0x7fffd, 0, event, 0);
            assertEquals(SbiError.NOT_SUPPORTED, error, Long.toHexString(event));
        }
        for (long[] wrong : new long[][] {{0, 2, 0, 1}, {19, 1, 0, 1}, {0, 1L << 19, 0, 1}, {0, 1, 0x100, 1}, {0, 1, 0, 1 << 20}}) {
            call(name("PMU"), 2, wrong);
            assertEquals(SbiError.INVALID_PARAM, error);
        }
        call(name("PMU"), 7, BUFFER, 0, 0);
        assertEquals(SbiError.NOT_SUPPORTED, error);
    }

    @Test
    void tableOfEventsIsFilledIn() {
        int[] events = {1, 3, 0xf_0005, 0x1_0008};
        for (int i = 0; i < events.length; i++) {
            machine.memory().store(BUFFER + 16L * i, 8, events[i] | -1L << 32);
            machine.memory().store(BUFFER + 16L * i + 8, 8, 0);
        }
        call(name("PMU"), 8, BUFFER, 0, 4, 0);
        assertEquals(0, error);
        for (int i = 0; i < events.length; i++) {
            assertEquals(i % 2 == 0 ? 1 : 0, machine.memory().load(BUFFER + 16L * i + 4, 4));
        }
        call(name("PMU"), 8, BUFFER + 8, 0, 1, 0);
        assertEquals(SbiError.INVALID_PARAM, error);
        for (long[] wrong : new long[][] {{0x1000, 0, 1, 0}, {BUFFER, 1, 1, 0}, {BUFFER, 0, 1L << 60, 0}, {BUFFER, 0, -1, 0}}) {
            call(name("PMU"), 8, wrong);
            assertEquals(SbiError.INVALID_ADDRESS, error);
        }
    }

    @Test
    void shutdownEndsTheRunWithItsReason() {
        call(name("SRST"), 0, 9, 0);
        assertEquals(SbiError.INVALID_PARAM, error);
        call(name("SRST"), 0, 0, 9);
        assertEquals(SbiError.INVALID_PARAM, error);
        assertNull(machine.outcome());
        call(name("SRST"), 0, 0, 1);
        assertEquals(new Outcome(Outcome.Reason.POWER_OFF, 1), machine.outcome());
    }

    @Test
    void rebootStartsTheKernelAgain() {
        hart.registers[8] = 99;
        call(name("SRST"), 0, 1, 0);
        machine.attend();
        assertEquals(0, hart.registers[8]);
        assertEquals(VirtMap.RAM + 0x20_0000, hart.pc);
        assertNull(machine.outcome());
    }

    @Test
    void debugConsoleWritesGuestMemory() {
        machine.memory().write(BUFFER, "hello".getBytes(StandardCharsets.US_ASCII), 0, 5);
        assertEquals(5, call(name("DBCN"), 0, 5, BUFFER, 0));
        assertEquals(0, error);
        call(name("DBCN"), 2, '!');
        assertEquals(0, error);
        assertEquals("hello!", out.toString(StandardCharsets.US_ASCII));
    }

    @Test
    void debugConsoleRefusesWhatIsNotRam() {
        for (long[] range : new long[][] {{5, 0, 0}, {5, VirtMap.RAM + (32L << 20) - 4, 0}, {5, BUFFER, 1}, {-1, BUFFER, 0}}) {
            call(name("DBCN"), 0, range);
            assertEquals(SbiError.INVALID_PARAM, error);
            call(name("DBCN"), 1, range);
            assertEquals(SbiError.INVALID_PARAM, error);
        }
        assertEquals(0, call(name("DBCN"), 0, 0, 0, 0));
        assertEquals(0, error);
        assertEquals(0, out.size());
    }

    @Test
    void debugConsoleReadsInput() throws Exception {
        start("abc");
        long taken = 0;
        for (int tries = 0; tries < 500 && taken < 3; tries++) {
            taken += call(name("DBCN"), 1, 100, BUFFER + taken, 0);
            Thread.sleep(2);
        }
        assertEquals(3, taken);
        byte[] bytes = new byte[3];
        machine.memory().read(BUFFER, bytes, 0, 3);
        assertEquals("abc", new String(bytes, StandardCharsets.US_ASCII));
        assertEquals(0, call(name("DBCN"), 1, 100, BUFFER, 0));
    }

    @Test
    void legacyCallsLeaveTheSecondRegisterAlone() {
        assertEquals(123, call(1, 0, 'x', 123));
        assertEquals(0, error);
        assertEquals("x", out.toString(StandardCharsets.US_ASCII));
        call(2, 0);
        assertEquals(-1, error);
        call(5, 0);
        assertEquals(SbiError.NOT_SUPPORTED, error);
        call(8, 0);
        assertEquals(new Outcome(Outcome.Reason.POWER_OFF, 0), machine.outcome());
    }

    @Test
    void hardwareUpdatesOfAccessedAndDirtyAreTheGuestsChoice() {
        assertFalse(hart.updatesAccessedDirty());
        assertEquals(0, call(name("FWFT"), 1, 4));
        call(name("FWFT"), 0, 4, 1, 0);
        assertEquals(0, error);
        assertTrue(hart.updatesAccessedDirty());
        assertEquals(1, call(name("FWFT"), 1, 4));
        call(name("FWFT"), 0, 4, 2, 0);
        assertEquals(SbiError.INVALID_PARAM, error);
        call(name("FWFT"), 0, 3, 1, 0);
        assertEquals(SbiError.NOT_SUPPORTED, error);
    }

    @Test
    void aHartWithoutSvadeUpdatesAccessedAndDirtyFromTheStart() throws ImageException {
        machine = new Machine(MachineConfig.standard().withMemory(32L << 20).withHart(new HartConfig(57, 16, false, true, false)),
                LinuxImage.parse("kernel", Contents.of(new KernelBuilder().build())));
        hart = machine.hart();
        assertTrue(hart.updatesAccessedDirty());
        assertEquals(1, call(name("FWFT"), 1, 4));
    }

    @Test
    void otherHartsWaitToBeStarted() throws ImageException {
        start("", 3);
        Hart other = machine.harts().get(2);
        assertEquals(1, call(name("HSM"), 2, 2));
        call(name("HSM"), 0, 2, 0x1000, 7);
        assertEquals(SbiError.INVALID_ADDRESS, error);
        call(name("HSM"), 0, 2, BUFFER, 7);
        assertEquals(0, error);
        assertEquals(0, call(name("HSM"), 2, 2));
        assertEquals(BUFFER, other.pc);
        assertEquals(Hart.SUPERVISOR, other.privilege);
        assertEquals(2, other.registers[10]);
        assertEquals(7, other.registers[11]);
        assertEquals(0, other.satp());
        assertEquals(1, call(name("HSM"), 2, 1), "the third one has not been started");
        call(name("HSM"), 0, 2, BUFFER, 7);
        assertEquals(SbiError.ALREADY_AVAILABLE, error);
    }

    @Test
    void startedHartTakesTurnsAndMayStop() throws ImageException {
        start("", 2);
        Hart other = machine.harts().get(1);
        call(name("HSM"), 1);
        assertEquals(SbiError.FAILED, error, "the only one that runs cannot stop");
        call(name("HSM"), 0, 1, BUFFER, 0);
        call(name("HSM"), 3, 0);
        assertEquals(0, error);
        assertTrue(machine.attend());
        assertEquals(other, machine.running(), "the first one is suspended");
        Hart first = hart;
        hart = other;
        assertEquals(4, call(name("HSM"), 2, 0));
        call(name("sPI"), 0, 1, 0);
        first.csrs.write(first.csrs.number("sie"), 2);
        call(name("HSM"), 1);
        assertEquals(0, error);
        assertTrue(machine.attend());
        assertEquals(first, machine.running());
        hart = first;
        assertEquals(1, call(name("HSM"), 2, 1));
        assertEquals(0, call(name("HSM"), 2, 0));
        call(name("HSM"), 0, 1, BUFFER, 5);
        assertEquals(0, error, "it can be started again");
        assertEquals(5, other.registers[11]);
    }

    @Test
    void masksNameHartsFromTheirBaseOn() throws ImageException {
        start("", 4);
        call(name("sPI"), 0, 0b101, 1);
        assertEquals(0, error);
        for (int id = 0; id < 4; id++) {
            assertEquals(id == 1 || id == 3 ? 2 : 0, machine.harts().get(id).interrupts.pending() & 2, "hart " + id);
        }
        call(name("sPI"), 0, 0b1000, 1);
        assertEquals(SbiError.INVALID_PARAM, error);
        for (Hart each : machine.harts()) {
            each.yieldRequested = false;
        }
        call(0x5246_4e43, 1, 0b110, 1, 0, 0);
        assertEquals(0, error);
        for (int id = 0; id < 4; id++) {
            assertEquals(id >= 2, machine.harts().get(id).yieldRequested, "hart " + id);
        }
    }

    /// What a remote fence must drop is in the other hart's TLB, under a root that the hart has left meanwhile too.
    @ParameterizedTest
    @MethodSource("org.penumbra.options.ModelName#all")
    void remoteFenceReachesAnotherHartsTranslations(String model) throws ImageException {
        machine = new Machine(MachineConfig.standard().withMemory(32L << 20).withHarts(2).withModel(model),
                LinuxImage.parse("kernel", Contents.of(new KernelBuilder().build())));
        hart = machine.hart();
        Hart other = machine.harts().get(1);
        long table = VirtMap.RAM + 0x3000;
        long satp = 8L << 60 | 5L << 44 | table >>> 12;
        call(name("HSM"), 0, 1, BUFFER, 0);
        machine.memory().store(table, 8, VirtMap.RAM >>> 12 << 10 | 0xcf);
        machine.memory().store(BUFFER, 8, 42);
        for (boolean left : new boolean[] {false, true}) {
            machine.memory().store(table, 8, VirtMap.RAM >>> 12 << 10 | 0xcf);
            other.csrs.write(other.csrs.number("satp"), satp);
            call(0x5246_4e43, 2, 2, 0, 0, -1, 5);
            assertEquals(42, machine.monitors().get(1).load(BUFFER - VirtMap.RAM, 8));
            assertFalse(other.trapPending());
            if (left) {
                other.csrs.write(other.csrs.number("satp"), satp & ~(0xffffL << 44) | 6L << 44);
            }
            machine.monitor().store(table, 8, 0);
            call(0x5246_4e43, 2, 2, 0, BUFFER - VirtMap.RAM, 4096, 5);
            other.csrs.write(other.csrs.number("satp"), satp);
            machine.monitors().get(1).load(BUFFER - VirtMap.RAM, 8);
            assertTrue(other.trapPending(), "the fenced translation is gone");
            other.takePendingTrap();
            other.privilege = Hart.SUPERVISOR;
            other.contextChanged();
        }
    }

    @Test
    void otherTrapsAreTheKernels() {
        long handler = VirtMap.RAM + 0x40_0000;
        hart.csrs.write(hart.csrs.number("stvec"), handler);
        for (int cause : new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 15}) {
            hart.pc = VirtMap.RAM;
            hart.takeTrap(cause, 0);
            assertEquals(handler, hart.pc, "cause " + cause);
            assertEquals(Hart.SUPERVISOR, hart.privilege);
        }
    }
}
