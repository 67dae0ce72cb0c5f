// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.penumbra.device.board.VirtMap;
import org.penumbra.hart.Hart;
import org.penumbra.hart.HartConfig;
import org.penumbra.machine.Machine;
import org.penumbra.machine.MachineConfig;
import org.penumbra.machine.Peripherals;

/// What a machine is switched on with, and where it lies.
final class BootTest {
    private static final long MEMORY = 32L << 20;
    private static final byte[] TREE_MAGIC = {(byte) 0xd0, 0x0d, (byte) 0xfe, (byte) 0xed};

    private static Machine machine(Boot boot, long memory) throws ImageException {
        return new Machine(MachineConfig.standard().withMemory(memory), boot);
    }

    private static byte[] read(Machine machine, long gpa, int length) {
        byte[] bytes = new byte[length];
        machine.memory().read(gpa, bytes, 0, length);
        return bytes;
    }

    /// Zeros from the start of RAM on, which start in machine mode.
    private static Image covering(long bytes) throws ImageException {
        return ElfImage.parse("large", new ElfBuilder().segment(VirtMap.RAM, new byte[4], bytes).build());
    }

    /// The address of the device tree, as the boot ROM has it.
    private static long tree(Machine machine) {
        return machine.monitor().load(VirtMap.BOOT_ROM + 32, 8);
    }

    @Test
    void theDeviceTreeGoesWhereTheProgramIsNot() throws ImageException {
        long[][] cases = { // bytes of the program, bytes of RAM, address of the tree
            {1 << 20, 2L << 30, 0xbfe0_0000L}, {1L << 30, 2L << 30, 0xffe0_0000L}, {0x3ff0_0000L, 2L << 30, 0xffe0_0000L},
            {0x3fe0_0000L, 2L << 30, 0xbfe0_0000L}, {(1L << 30) - (2 << 20) + 1, 1L << 30, 0xbfff_f000L & -4096},
            {31 << 20, MEMORY, 0x81ff_0000L}};
        for (long[] each : cases) {
            Machine machine = machine(Boot.of(covering(each[0])), each[1]);
            long tree = tree(machine);
            assertArrayEquals(TREE_MAGIC, read(machine, tree, 4));
            assertEquals(each[2] & -0x1_0000L, tree & -0x1_0000L, () -> Long.toHexString(tree));
            assertTrue(tree >= VirtMap.RAM + each[0]);
        }
        var full = covering(MEMORY - 64);
        var thrown = assertThrows(ImageException.class, () -> machine(Boot.of(full), MEMORY));
        assertEquals("large: leaves no room for the device tree; give 4M more --memory", thrown.getMessage());
    }

    @Test
    void dataAndRamDiskKeepClearOfEachOtherAndOfTheTree() throws ImageException {
        byte[] bytes = "some data".getBytes(StandardCharsets.US_ASCII);
        var boot = Boot.of(covering(1 << 20)).withCommandLine("two words").withRamDisk(Blob.of("disk", Contents.of(bytes)))
                .withData(List.of(new Boot.Placed(Blob.of("data", Contents.of(bytes)), 0x81e0_0000L)));
        Machine machine = machine(boot, MEMORY);
        long disk = boot.ramDiskAddress(MEMORY);
        assertEquals(0x81c0_0000L, tree(machine), "the data is at the usual place");
        assertArrayEquals(bytes, read(machine, 0x81e0_0000L, bytes.length));
        assertArrayEquals(bytes, read(machine, disk, bytes.length));
        assertFalse(disk >= 0x81c0_0000L && disk < 0x81c1_0000L);
        String tree = new String(read(machine, tree(machine), 4096), StandardCharsets.ISO_8859_1);
        assertTrue(tree.contains("bootargs") && tree.contains("two words\0") && tree.contains("linux,initrd-end"));
    }

    @Test
    void whatLiesOverSomethingElseIsRefused() throws ImageException {
        var data = new Boot.Placed(Blob.of("data", Contents.of(new byte[8])), VirtMap.RAM + (1 << 20) - 1);
        var program = Boot.of(covering(1 << 20)).withData(List.of(data));
        assertEquals("data: lies over large at 0x800fffff; give it another address",
                assertThrows(ImageException.class, () -> machine(program, MEMORY)).getMessage());
        var nowhere = Boot.of(covering(16)).withData(List.of(new Boot.Placed(data.blob(), 0x1000)));
        assertEquals(ImageException.Reason.NO_MEMORY, assertThrows(ImageException.class, () -> machine(nowhere, MEMORY)).reason());
        var both = Boot.firmware(covering(3 << 20), RawImage.of("payload", new byte[4], Boot.PAYLOAD));
        assertTrue(assertThrows(ImageException.class, () -> machine(both, MEMORY)).getMessage().startsWith("payload: lies over large"));
    }

    @Test
    void elfAndRawProgramsStartInSupervisorModeOnTheBuiltInFirmware() throws ImageException {
        var elf = ElfImage.parse("e", new ElfBuilder().entry(Boot.PAYLOAD + 4).segment(Boot.PAYLOAD, new byte[8], 8).build());
        for (Image program : List.of(elf, RawImage.of("r", new byte[8], Boot.PAYLOAD))) {
            Machine machine = machine(Boot.supervised(program), MEMORY);
            assertEquals(program.entry(), machine.hart().pc);
            assertEquals(Hart.SUPERVISOR, machine.hart().privilege);
            assertArrayEquals(TREE_MAGIC, read(machine, machine.hart().registers[11], 4));
        }
    }

    @Test
    void aFirmwareStartsInMachineModeAndIsToldOfItsPayload() throws ImageException {
        var firmware = RawImage.of("fw", new byte[8], VirtMap.RAM);
        for (Image payload : Arrays.asList(LinuxImage.parse("kernel", Contents.of(new KernelBuilder().build())),
                RawImage.of("u-boot", new byte[8], Boot.PAYLOAD), null)) {
            Machine machine = machine(Boot.firmware(firmware, payload), MEMORY);
            assertEquals(VirtMap.BOOT_ROM, machine.hart().pc);
            assertEquals(Hart.MACHINE, machine.hart().privilege);
            long[] info = {VirtMap.RAM, tree(machine), 0x4942_534fL, 2, payload == null ? 0 : Boot.PAYLOAD, 1, 0, 0};
            for (int i = 0; i < info.length; i++) { // where a2 points is behind the first two
                assertEquals(info[i], machine.monitor().load(VirtMap.BOOT_ROM + 24 + 8L * i, 8), "word " + i);
            }
        }
    }

    @Test
    void hardwareKeepsAccessedAndDirtyBitsFromResetOnWhereItIsTo() throws ImageException {
        var program = RawImage.of("r", new byte[8], Boot.PAYLOAD);
        for (boolean updating : new boolean[] {false, true}) {
            var config = MachineConfig.standard().withMemory(MEMORY).withHart(new HartConfig(48, 16, true, true, updating, false));
            for (Boot boot : List.of(Boot.supervised(program), Boot.of(covering(16)))) {
                Machine machine = new Machine(config, boot);
                // A kernel that the firmware starts has to ask for updates, as on OpenSBI.
                boolean expected = updating && !boot.supervised();
                assertEquals(expected, machine.hart().updatesAccessedDirty());
                machine.powerOn();
                assertEquals(expected, machine.hart().updatesAccessedDirty());
            }
        }
        assertTrue(HartConfig.board().updating());
        assertEquals(48, HartConfig.board().virtualAddressBits());
    }

    /// The first hart's handler traps forever while the second spins; the run goes on, as another hart may still help.
    @Test
    void aHartThatOnlyTrapsIsReportedOnceWhileOthersRun() throws ImageException {
        List<String> lines = new ArrayList<>();
        var devices = new Peripherals(List.of(), null, null, null, false, false, OptionalLong.empty(), lines::add);
        Machine machine = new Machine(MachineConfig.standard().withMemory(MEMORY).withHarts(2).withPeripherals(devices),
                RawImage.of("guest", new byte[4], VirtMap.RAM));
        Hart stuck = machine.hart();
        stuck.pc = 0;
        long end = System.nanoTime() + 20_000_000_000L;
        while (lines.isEmpty() && System.nanoTime() < end) {
            assertTrue(machine.attend());
            if (machine.running() == stuck) {
                stuck.raise(1, 0);
            } else {
                machine.running().remaining = 0;
            }
        }
        assertEquals(1, lines.size());
        assertEquals("warning: hart 0 is stuck: the guest's trap handler at pc 0x0 traps at its first instruction, forever: "
                + "nothing to execute is there; look at mtvec (never set?) and at the PMP", lines.getFirst());
    }
}
