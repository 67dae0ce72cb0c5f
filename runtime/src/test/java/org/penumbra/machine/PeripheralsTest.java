// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.penumbra.device.board.VirtMap;
import org.penumbra.device.virtio.Disk;
import org.penumbra.device.virtio.OverlayBudget;
import org.penumbra.device.virtio.TerminalSize;
import org.penumbra.hart.Hart;
import org.penumbra.machine.image.Contents;
import org.penumbra.machine.image.ImageException;
import org.penumbra.machine.image.KernelBuilder;
import org.penumbra.machine.image.LinuxImage;
import org.penumbra.machine.image.RawImage;

/// What a machine does with its peripherals.
@Timeout(60)
final class PeripheralsTest {
    private static final long SRST = 0x5352_5354L;
    private static final int ECALL_FROM_SUPERVISOR = 9;

    @TempDir
    private Path folder;

    private static Machine machine(Peripherals peripherals, InputStream in) throws ImageException {
        return new Machine(MachineConfig.standard().withMemory(32L << 20).withConsole(in, OutputStream.nullOutputStream())
                .withPeripherals(peripherals), LinuxImage.parse("kernel", Contents.of(new KernelBuilder().build())));
    }

    private static Peripherals peripherals(List<Disk> disks, TerminalSize terminal, boolean resetEnds) {
        return new Peripherals(disks, null, null, terminal, false, resetEnds, OptionalLong.empty(), line -> { });
    }

    @Test
    void theClockStartsAtTheDateGivenAndElseAtOneThatIsAlwaysTheSame() throws ImageException {
        var first = new Machine(MachineConfig.standard().withPeripherals(Peripherals.withDate(OptionalLong.of(981_173_106L))),
                LinuxImage.parse("kernel", Contents.of(new KernelBuilder().build())));
        assertEquals(981_173_106_000_000_000L, nanoseconds(first));
        first.powerOn();
        assertEquals(981_173_106_000_000_000L, nanoseconds(first));
        assertEquals(1_735_689_600_000_000_000L, nanoseconds(machine(Peripherals.NONE, InputStream.nullInputStream())));
    }

    private static long nanoseconds(Machine machine) {
        return machine.monitor().load(VirtMap.RTC, 4) & 0xffff_ffffL | machine.monitor().load(VirtMap.RTC + 4, 4) << 32;
    }

    private static void reset(Machine machine) {
        Hart hart = machine.hart();
        hart.registers[10] = 1;
        hart.registers[11] = 0;
        hart.registers[16] = 0;
        hart.registers[17] = SRST;
        hart.takeTrap(ECALL_FROM_SUPERVISOR, 0);
    }

    @Test
    void resetStartsTheMachineAgainOrEndsTheRun() throws ImageException {
        Machine restarting = machine(peripherals(List.of(), null, false), InputStream.nullInputStream());
        reset(restarting);
        assertTrue(restarting.attend());
        assertNull(restarting.outcome());
        Machine ending = machine(peripherals(List.of(), null, true), InputStream.nullInputStream());
        reset(ending);
        assertFalse(ending.attend());
        assertEquals(Outcome.Reason.RESET, ending.outcome().reason());
    }

    private static boolean input(Machine machine) {
        return (load(machine, VirtMap.UART + 5, 1) & 1) != 0;
    }

    /// However often the guest traps: looks for input were put off each time.
    @Test
    void inputArrivesWhileTheGuestNeverGoesFarWithoutATrap() throws Exception {
        Machine machine = new Machine(MachineConfig.standard().withConsole(new ByteArrayInputStream(new byte[] {'x'}),
                OutputStream.nullOutputStream()), RawImage.of("guest", new byte[4], VirtMap.RAM));
        for (int tries = 0; tries < 500 && !input(machine); tries++) {
            for (int trap = 0; trap < 50; trap++) {
                machine.hart().yieldRequested = true;
                assertTrue(machine.attend());
                machine.hart().remaining -= 100_000;
            }
            Thread.sleep(2);
        }
        assertTrue(input(machine));
    }

    @Test
    void machineWhoseHartHasStoppedLooksAtTheAlarmWhileTheOthersWait() throws ImageException {
        Machine machine = new Machine(MachineConfig.standard().withHarts(2).withConsole(InputStream.nullInputStream(),
                OutputStream.nullOutputStream()), RawImage.of("guest", new byte[4], VirtMap.RAM));
        long alarm = (load(machine, VirtMap.RTC, 4) & 0xffff_ffffL) + (load(machine, VirtMap.RTC + 4, 4) << 32) + 10_000_000_000L;
        machine.monitor().store(VirtMap.RTC + 0x0c, 4, alarm >>> 32);
        machine.monitor().store(VirtMap.RTC + 0x08, 4, alarm);
        assertEquals(1, load(machine, VirtMap.RTC + 0x18, 4));
        machine.harts().get(0).stopped = true;
        machine.harts().get(1).waiting = true;
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> assertFalse(machine.attend()));
        assertEquals(Outcome.Reason.DEADLOCK, machine.outcome().reason());
        assertEquals(0, load(machine, VirtMap.RTC + 0x18, 4), "the alarm was given");
    }

    private static long load(Machine machine, long gpa, int size) {
        return machine.monitor().load(gpa, size);
    }

    /// Three requests that are too much for one go.
    @Test
    void theGuestWaitsWhileADeviceHasMoreToDo() throws Exception {
        Path image = folder.resolve("large.img");
        try (var file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(16 << 20);
        }
        try (Disk disk = Disk.of(image.toString(), OverlayBudget.halfOfTheHeap())) {
            Machine machine = machine(peripherals(List.of(disk), null, false), InputStream.nullInputStream());
            long table = VirtMap.RAM + (24 << 20);
            long available = table + 0x1000;
            long used = table + 0x2000;
            long indirect = table + 0x3000;
            long buffer = VirtMap.RAM + (25 << 20);
            describe(machine, table, 0, indirect, 18 * 16, 4, 0);
            describe(machine, indirect, 0, table + 0x800, 16, 1, 1); // a header of zeros: read from sector 0
            for (int i = 1; i <= 16; i++) {
                describe(machine, indirect, i, buffer, 1 << 20, 1 | 2, i + 1);
            }
            describe(machine, indirect, 17, table + 0x900, 1, 2, 0);
            store(machine, available + 2, 2, 3); // three times the chain 0
            long device = VirtMap.VIRTIO;
            long[][] driver = {{0x70, 3}, {0x24, 1}, {0x20, 1}, {0x70, 11}, {0x38, 8}, {0x80, table}, {0x90, available},
                {0xa0, used}, {0x44, 1}, {0x70, 15}};
            for (long[] write : driver) {
                store(machine, device + write[0], 4, write[1]);
            }
            assertTrue(machine.attend());
            long pc = machine.hart().pc;
            store(machine, device + 0x50, 4, 0);
            for (int done = 1; done <= 2; done++) {
                assertEquals(done, load(machine, used + 2, 2));
                assertTrue(machine.hart().yieldRequested, "no instruction is executed");
                assertTrue(machine.attend());
            }
            assertEquals(3, load(machine, used + 2, 2));
            assertFalse(machine.hart().yieldRequested);
            assertEquals(pc, machine.hart().pc);
        }
    }

    private static void store(Machine machine, long gpa, int size, long value) {
        machine.monitor().store(gpa, size, value);
    }

    private static void describe(Machine machine, long table, int index, long gpa, int length, int flags, int next) {
        store(machine, table + 16L * index, 8, gpa);
        store(machine, table + 16L * index + 8, 8, length | (long) flags << 32 | (long) next << 48);
    }

    @Test
    void devicesAreWhereTheKernelLooksForThem() throws Exception {
        Path image = Files.write(folder.resolve("disk.img"), new byte[1024]);
        OverlayBudget budget = OverlayBudget.halfOfTheHeap();
        try (Disk first = Disk.of(image.toString(), budget); Disk second = Disk.of(image.toString(), budget)) {
            Machine machine = machine(peripherals(List.of(first, second), new TerminalSize(), false),
                    InputStream.nullInputStream());
            int[] kinds = {2, 2, 4, 3, 0, 0, 0, 0};
            for (int slot = 0; slot < kinds.length; slot++) {
                assertEquals(kinds[slot], load(machine, VirtMap.virtio(slot) + 8, 4), "slot " + slot);
            }
            assertThrows(IllegalArgumentException.class, () -> peripherals(Collections.nCopies(5, first), null, false));
        }
    }

    /// Values of QEMU 7.2 with `-global virtio-mmio.force-legacy=false`, read by a program of our own.
    @Test
    void allSlotsAnswerUnderEveryKindOfProgram() throws Exception {
        Path image = Files.write(folder.resolve("disk.img"), new byte[1024]);
        try (Disk disk = Disk.of(image.toString(), OverlayBudget.halfOfTheHeap())) {
            var config = MachineConfig.standard().withPeripherals(peripherals(List.of(disk), null, false));
            Machine bare = new Machine(config, RawImage.of("guest", new byte[4], VirtMap.RAM));
            Machine linux = new Machine(config, LinuxImage.parse("kernel", Contents.of(new KernelBuilder().build())));
            int[][] kinds = {{2, 0, 0, 0, 0, 0, 0, 0}, {2, 4, 0, 0, 0, 0, 0, 0}};
            for (Machine machine : List.of(bare, linux)) {
                for (int slot = 0; slot < VirtMap.VIRTIO_SLOTS; slot++) {
                    long at = VirtMap.virtio(slot);
                    assertEquals(0x7472_6976, load(machine, at, 4));
                    assertEquals(0x2_7472_6976L, load(machine, at, 8));
                    assertEquals(2, load(machine, at + 4, 4));
                    assertEquals(kinds[machine == linux ? 1 : 0][slot], load(machine, at + 8, 4));
                    assertEquals(0x554d_4551, load(machine, at + 12, 4), "QEMU's vendor");
                    assertTrue(faults(machine, at + 0x200));
                }
                assertTrue(faults(machine, VirtMap.VIRTIO + 8 * VirtMap.VIRTIO_STRIDE));
            }
        }
    }

    private static boolean faults(Machine machine, long gpa) {
        load(machine, gpa, 4);
        boolean trapped = machine.hart().trapPending();
        machine.hart().takePendingTrap();
        return trapped;
    }

    @Test
    void slotsCanHaveTheInterfaceOfBeforeVirtio1() throws Exception {
        var devices = new Peripherals(List.of(), null, null, new TerminalSize(), true, false, OptionalLong.empty(), line -> { });
        Machine machine = new Machine(MachineConfig.standard().withPeripherals(devices),
                RawImage.of("guest", new byte[4], VirtMap.RAM));
        for (int slot = 0; slot < 2; slot++) {
            assertEquals(1, load(machine, VirtMap.virtio(slot) + 4, 4));
        }
        store(machine, VirtMap.VIRTIO + 0x14, 4, 1);
        assertEquals(0, load(machine, VirtMap.VIRTIO + 0x10, 4), "no features in the upper word");
    }

    /// Values of QEMU 7.2 with 256 MiB, read by a program of our own.
    @Test
    void theRestOfTheMapReadsAsOnQemu() throws Exception {
        Machine machine = new Machine(MachineConfig.standard(), RawImage.of("guest", new byte[4], VirtMap.RAM));
        long[][] words = {
            {0x1010_0000L, 4, 0x554d_4551}, {0x1010_0000L, 8, 0}, {0x1010_0010L, 4, 0x554d_4551}, {0x1010_0014L, 4, 0x4746_4320},
            {0x1010_0010L, 8, 0x4746_4320_554d_4551L}, {0x1010_0011L, 1, 0x45},
            {0x2000_0000L, 8, 0}, {0x2000_0003L, 1, 0}, {0x2200_0000L, 4, 0}, {0x23ff_fffcL, 4, 0},
            {0x3000_0000L, 8, 0x8_1b36L}, {0x3000_0001L, 1, 0x1b}, {0x3000_0008L, 8, 0x600_0000L},
            {0x3000_0028L, 8, 0x1100_1af4_0000_0000L}, {0x3000_0038L, 8, 0}, {0x3000_0100L, 8, -1}, {0x3000_8000L, 4, -1},
            {0x3fff_fff0L, 4, -1}, {0x4000_0000L, 8, -1}, {0x7fff_ffffL, 1, 0xff}, {0x300_0000L, 1, 0xff}, {0x300_fffcL, 4, -1},
            {0x4_0000_0000L, 4, -1}, {0x7_ffff_fffcL, 4, -1}};
        for (long[] word : words) {
            long mask = word[1] == 8 ? -1 : (1L << 8 * word[1]) - 1;
            assertEquals(word[2] & mask, load(machine, word[0], (int) word[1]) & mask, () -> "0x" + Long.toHexString(word[0]));
        }
        for (long hole : new long[] {0x0, 0x110, 0x10000, 0x1010_0004L, 0x1010_0018L, 0x2400_0000L, 0x301_0000L, 0x400_0000L,
            0x5ff_fffcL, 0x2f0_0000L, 0x201_0000L, 0x1000_0100L, 0x10_2000L, 0x8_0000_0000L, 0x9000_0000L}) {
            assertTrue(faults(machine, hole), () -> "0x" + Long.toHexString(hole));
        }
    }

    /// A ninth device would have the window and the interrupt of what lies behind the slots.
    @Test
    void virtioDevicesBeyondTheSlotsAreRefused() {
        assertEquals(VirtMap.VIRTIO + 0x7000, VirtMap.virtio(VirtMap.VIRTIO_SLOTS - 1));
        assertTrue(VirtMap.VIRTIO_IRQ + VirtMap.VIRTIO_SLOTS <= VirtMap.UART_IRQ);
        assertEquals("virtio device 9: the board has 8 slots",
                assertThrows(IllegalArgumentException.class, () -> VirtMap.virtio(VirtMap.VIRTIO_SLOTS)).getMessage());
    }

    @Test
    void theConfigurationPortHasAnEmptyDirectory() throws Exception {
        Machine machine = new Machine(MachineConfig.standard(), RawImage.of("guest", new byte[4], VirtMap.RAM));
        store(machine, VirtMap.FW_CFG + 8, 2, 0x0100);
        assertEquals(3, load(machine, VirtMap.FW_CFG, 4), "the interface knows commands");
        long command = VirtMap.RAM + 0x1000;
        long[][] commands = {{0x1900_000aL, 0}, {0x0000_0002L, 0}, {0x1900_000aL, 1}};
        for (long[] each : commands) { // select the directory and read it; read on, behind its end; read to where no RAM is
            store(machine, VirtMap.RAM + 0x2000, 8, -1);
            store(machine, command, 4, Integer.reverseBytes((int) each[0] >>> 24 << 16 | (int) each[0] & 0xff));
            store(machine, command + 4, 4, Integer.reverseBytes(4));
            store(machine, command + 8, 8, Long.reverseBytes(each[1] == 0 ? VirtMap.RAM + 0x2000 : 0x1000));
            store(machine, VirtMap.FW_CFG + 16, 8, Long.reverseBytes(command));
            assertEquals(each[1], Integer.reverseBytes((int) load(machine, command, 4)));
            assertEquals(each[1] == 0 ? 0 : 0xffff_ffffL, load(machine, VirtMap.RAM + 0x2000, 4) & 0xffff_ffffL);
        }
    }
}
