// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.penumbra.device.board.Aclint;
import org.penumbra.device.board.BootRom;
import org.penumbra.device.board.GoldfishRtc;
import org.penumbra.device.board.Plic;
import org.penumbra.device.board.TestFinisher;
import org.penumbra.device.board.Uart16550;
import org.penumbra.device.board.VirtMap;

final class DeviceTreeTest {
    private static DeviceTree board() {
        var tree = new DeviceTree();
        DeviceTree.Node root = tree.root().cells("#address-cells", 2).cells("#size-cells", 2)
                .strings("compatible", "riscv-virtio").strings("model", "test");
        DeviceTree.Node cpus = root.child("cpus").cells("#address-cells", 1).cells("#size-cells", 0)
                .cells("timebase-frequency", Clock.FREQUENCY);
        for (int hart = 0; hart < 2; hart++) {
            cpus.child("cpu", hart).strings("device_type", "cpu").cells("reg", hart).strings("compatible", "riscv")
                    .child("interrupt-controller").cells("#interrupt-cells", 1).cells("#address-cells", 0)
                    .flag("interrupt-controller").strings("compatible", "riscv,cpu-intc").label(DeviceTree.hartInterrupts(hart));
        }
        root.child("memory", VirtMap.RAM).strings("device_type", "memory").reg(VirtMap.RAM, 1L << 34);
        DeviceTree.Node soc = root.child("soc").cells("#address-cells", 2).cells("#size-cells", 2)
                .strings("compatible", "simple-bus").flag("ranges");
        var bus = new Bus();
        bus.attach(VirtMap.BOOT_ROM, new BootRom(VirtMap.RAM, 0));
        bus.attach(VirtMap.TEST_FINISHER, new TestFinisher(new Power()));
        bus.attach(VirtMap.RTC, new GoldfishRtc(() -> 0, InterruptLine.UNCONNECTED, VirtMap.RTC_IRQ));
        bus.attach(VirtMap.ACLINT, new Aclint(() -> 0, Wire.several(2), Wire.several(2), () -> { }));
        bus.attach(VirtMap.PLIC, new Plic(Wire.several(2), Wire.several(2)));
        bus.attach(VirtMap.UART, new Uart16550(InterruptLine.UNCONNECTED, VirtMap.UART_IRQ, ConsoleInput.NONE,
                new ConsoleOutput(OutputStream.nullOutputStream())));
        bus.describe(soc);
        return tree;
    }

    @Test
    void valuesReadBackAsWritten() {
        var tree = new DeviceTree();
        tree.reserve(0x8000_0000L, 0x1000);
        tree.root().child("a", 0xabcd).flag("empty").cells("cells", 1, -1).longs("long", 0x1234_5678_9abc_def0L)
                .strings("list", "one", "two").bytes("odd", new byte[] {1, 2, 3}).child("inner").strings("list", "x");
        var read = new DeviceTreeReader(tree.flatten());
        assertEquals(0, read.bytes("/a@abcd", "empty").length);
        assertEquals(-1, read.cell("/a@abcd", "cells", 1));
        assertEquals(0x1234_5678, read.cell("/a@abcd", "long", 0));
        assertEquals(0x9abc_def0, read.cell("/a@abcd", "long", 1));
        assertEquals("one two", read.string("/a@abcd", "list"));
        assertArrayEquals(new byte[] {1, 2, 3}, read.bytes("/a@abcd", "odd"));
        assertEquals("x", read.string("/a@abcd/inner", "list"));
        assertEquals("/a@abcd/inner", tree.root().child("a@abcd").child("inner").path());
    }

    @Test
    void handlesMayBeUsedBeforeTheirNodeExists() {
        var tree = new DeviceTree();
        tree.root().child("user").interrupt("later", 5);
        var missing = assertThrows(IllegalStateException.class, tree::flatten);
        assertEquals("no device tree node has the label later", missing.getMessage());
        tree.root().child("controller").label("later");
        var read = new DeviceTreeReader(tree.flatten());
        assertEquals(read.cell("/controller", "phandle", 0), read.cell("/user", "interrupt-parent", 0));
        assertThrows(IllegalStateException.class, () -> tree.root().child("other").label("later"));
    }

    @Test
    void theBoardIsDescribedByItsDevices() {
        var read = new DeviceTreeReader(board().flatten());
        assertEquals("/soc/serial@10000000", read.string("/chosen", "stdout-path"));
        assertEquals("ns16550a", read.string("/soc/serial@10000000", "compatible"));
        assertEquals(VirtMap.UART_IRQ, read.cell("/soc/serial@10000000", "interrupts", 0));
        assertEquals("sifive,plic-1.0.0 riscv,plic0", read.string("/soc/plic@c000000", "compatible"));
        assertEquals(95, read.cell("/soc/plic@c000000", "riscv,ndev", 0));
        int hart1 = read.cell("/cpus/cpu@1/interrupt-controller", "phandle", 0);
        assertEquals(hart1, read.cell("/soc/plic@c000000", "interrupts-extended", 4));
        assertEquals(11, read.cell("/soc/plic@c000000", "interrupts-extended", 5));
        assertEquals(hart1, read.cell("/soc/clint@2000000", "interrupts-extended", 6));
        assertEquals(7, read.cell("/soc/clint@2000000", "interrupts-extended", 7));
        assertEquals(read.cell("/soc/test@100000", "phandle", 0), read.cell("/poweroff", "regmap", 0));
        assertEquals(0x5555, read.cell("/poweroff", "value", 0));
        assertEquals(0x7777, read.cell("/reboot", "value", 0));
        assertEquals("google,goldfish-rtc", read.string("/soc/rtc@101000", "compatible"));
    }

    @Test
    void equalBoardsGiveEqualBytes() {
        assertArrayEquals(board().flatten(), board().flatten());
    }

    @Test
    void theDeviceTreeCompilerAcceptsTheBoard(@TempDir Path directory) throws IOException, InterruptedException {
        Path blob = Files.write(directory.resolve("board.dtb"), board().flatten());
        Process dtc;
        try {
            dtc = new ProcessBuilder("dtc", "-I", "dtb", "-O", "dts", blob.toString()).redirectErrorStream(true).start();
        } catch (IOException absent) {
            assumeTrue(false, "dtc is not installed (package device-tree-compiler)");
            return;
        }
        String source = new String(dtc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(dtc.waitFor(20, TimeUnit.SECONDS));
        assertEquals(0, dtc.exitValue(), source);
        assertTrue(!source.contains("Warning") && !source.contains("ERROR"), source);
        assertTrue(source.contains("compatible = \"sifive,test1\\0sifive,test0\\0syscon\";"), source);
    }

    @Test
    void theTreeLiesAtTheTopOfMemoryBelowThreeGibibytes() {
        assertEquals(0x8fe0_0000L, VirtMap.deviceTreeAddress(VirtMap.RAM, 256L << 20, 4000));
        assertEquals(0xbfe0_0000L, VirtMap.deviceTreeAddress(VirtMap.RAM, 8L << 30, 4000));
        assertEquals(0x800f_f000L, VirtMap.deviceTreeAddress(VirtMap.RAM, 1L << 20, 4096));
        assertThrows(IllegalArgumentException.class, () -> VirtMap.deviceTreeAddress(VirtMap.RAM, 4096, 4104));
    }
}
