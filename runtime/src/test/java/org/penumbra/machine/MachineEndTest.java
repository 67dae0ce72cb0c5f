// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.penumbra.device.board.VirtMap;
import org.penumbra.hart.Hart;
import org.penumbra.machine.image.ImageException;
import org.penumbra.machine.image.RawImage;

/// What a machine has outside the Java heap ends with it, or with the run that it was for.
@EnabledOnOs(value = OS.LINUX, disabledReason = "reads /proc")
@Timeout(60)
final class MachineEndTest {
    /// The UART's register that says whether there is input; reading it again and again has the host's input read.
    private static final int LINE_STATUS = 5;
    private static final long DATA = VirtMap.RAM + (1 << 20);

    private static Machine machine(String model, InputStream in) throws ImageException {
        var config = MachineConfig.standard().withMemory(64L << 20).withModel(model)
                .withConsole(in, OutputStream.nullOutputStream());
        Machine machine = new Machine(config, RawImage.of("guest", new byte[64], VirtMap.RAM));
        use(machine);
        return machine;
    }

    /// Fills RAM, TLBs and shadow tables, and decodes code.
    private static void use(Machine machine) {
        Hart hart = machine.hart();
        assertTrue(machine.attend());
        for (int privilege : new int[] {Hart.SUPERVISOR, Hart.MACHINE}) {
            hart.privilege = privilege;
            hart.contextChanged();
            machine.monitor().store(DATA, 8, 1);
            machine.monitor().load(DATA + 4096, 8);
            machine.monitor().fetch(VirtMap.RAM);
            machine.monitor().fetch(VirtMap.BOOT_ROM);
        }
    }

    /// Addresses of all kinds of memory that the machine has.
    private static List<Long> addresses(Machine machine) {
        Hart hart = machine.hart();
        List<Long> addresses = new ArrayList<>(List.of(machine.memory().hostAddress(DATA), hart.dataTlb,
                machine.monitor().fetch(VirtMap.RAM).words(), machine.monitor().fetch(VirtMap.BOOT_ROM).hostAddress()));
        hart.privilege = Hart.SUPERVISOR;
        hart.contextChanged();
        addresses.add(hart.dataTlb);
        return addresses;
    }

    private static boolean isMapped(long address) {
        try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.map(line -> line.substring(0, line.indexOf(' ')).split("-")).anyMatch(range ->
                    Long.parseUnsignedLong(range[0], 16) <= address && address < Long.parseUnsignedLong(range[1], 16));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /// Address space of this process, in bytes.
    private static long mapped() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("VmSize:")).mapToLong(line -> Long.parseLong(line.split("\\s+")[1]) << 10)
                    .findFirst().orElseThrow();
        }
    }

    @ParameterizedTest
    @MethodSource("org.penumbra.options.ModelName#all")
    void aClosedMachineHasNoMemory(String model) throws Exception {
        Machine machine = machine(model, InputStream.nullInputStream());
        List<Long> addresses = addresses(machine);
        addresses.forEach(address -> assertTrue(isMapped(address)));
        machine.close();
        machine.close();
        addresses.forEach(address -> assertFalse(isMapped(address), Long.toHexString(address)));
        assertThrows(IllegalStateException.class, machine::attend);
        assertThrows(IllegalStateException.class, () -> machine.memory().hostAddress(DATA));
        assertTrue(machine.counts(0).counts().tlbMisses > 0, "what was counted is still there");
    }

    @Test
    void aMachineThatRefusesItsImageKeepsNothing() throws Exception {
        machine("ssp", InputStream.nullInputStream()).close();
        long before = mapped();
        for (int i = 0; i < 20; i++) {
            var config = MachineConfig.standard().withMemory(1 << 20).withModel("ssp");
            assertThrows(ImageException.class, () -> new Machine(config, RawImage.of("large", new byte[2 << 20], VirtMap.RAM)));
        }
        assertTrue(mapped() - before < 64 << 20, (mapped() - before >> 20) + " MiB more");
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "ssp"})
    void machinesThatComeAndGoTakeNoAddressSpace(String model) throws Exception {
        machine(model, InputStream.nullInputStream()).close();
        long before = mapped();
        for (int i = 0; i < 40; i++) {
            machine(model, InputStream.nullInputStream()).close();
        }
        assertTrue(mapped() - before < 512 << 20, (mapped() - before >> 20) + " MiB more");
    }

    @ParameterizedTest
    @ValueSource(strings = {"native", "tsp", "ssp"})
    void theNextRunBeginsWithoutTheTablesOfTheLast(String model) throws Exception {
        try (Machine machine = machine(model, InputStream.nullInputStream())) {
            long before = mapped();
            for (int i = 0; i < 40; i++) {
                machine.powerOn();
                use(machine);
            }
            assertTrue(mapped() - before < 512 << 20, (mapped() - before >> 20) + " MiB more");
        }
    }

    @Test
    void theConsolesThreadEndsWithTheMachine() throws Exception {
        var interrupted = new CountDownLatch(1);
        var reader = new Thread[1];
        var begun = new CountDownLatch(1);
        InputStream silence = new InputStream() {
            @Override
            public int read() {
                reader[0] = Thread.currentThread();
                begun.countDown();
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    interrupted.countDown();
                }
                return -1;
            }
        };
        Machine machine = machine("native", silence);
        for (int i = 0; i < 16; i++) {
            machine.monitors().getFirst().load(VirtMap.UART + LINE_STATUS, 1);
        }
        begun.await();
        machine.close();
        interrupted.await();
        reader[0].join();
        assertEquals(Thread.State.TERMINATED, reader[0].getState());
    }
}
