// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.penumbra.device.Disk;
import org.penumbra.device.OverlayBudget;
import org.penumbra.device.TerminalSize;
import org.penumbra.device.VirtMap;
import org.penumbra.hart.Hart;

/// What a Linux machine does with its peripherals.
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
        return new Peripherals(disks, null, terminal, resetEnds, line -> { });
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

    private static long load(Machine machine, long gpa, int size) {
        return machine.monitor().load(gpa, size);
    }

    @Test
    void devicesAreWhereTheKernelLooksForThem() throws Exception {
        Path image = Files.write(folder.resolve("disk.img"), new byte[1024]);
        OverlayBudget budget = OverlayBudget.halfOfTheHeap();
        try (Disk first = Disk.of(image.toString(), budget); Disk second = Disk.of(image.toString(), budget)) {
            Machine machine = machine(peripherals(List.of(first, second), new TerminalSize(), false),
                    InputStream.nullInputStream());
            int[] kinds = {4, 2, 2, -1, -1, -1, 3};
            for (int slot = 0; slot < kinds.length; slot++) {
                if (kinds[slot] > 0) {
                    assertEquals(kinds[slot], load(machine, VirtMap.VIRTIO + slot * VirtMap.VIRTIO_STRIDE + 8, 4), "slot " + slot);
                }
            }
            assertThrows(IllegalArgumentException.class, () -> peripherals(Collections.nCopies(5, first), null, false));
        }
    }
}
