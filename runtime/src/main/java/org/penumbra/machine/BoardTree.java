// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.penumbra.device.Bus;
import org.penumbra.device.Clock;
import org.penumbra.device.DeviceTree;
import org.penumbra.device.board.VirtMap;
import org.penumbra.hart.PerformanceMonitor;
import org.penumbra.isa.Extension;
import org.penumbra.machine.image.Boot;
import org.penumbra.machine.image.ImageException;
import org.penumbra.memory.GuestMemory;

/// Builds a machine's device tree: nodes for everything that is not a device on the bus, and the nodes that devices
/// contribute themselves.
final class BoardTree {
    /// Bytes of the seed for the kernel's random numbers, which it credits as 256 bits of entropy.
    private static final int SEED = 32;
    private static final List<Extension> BLOCKS = List.of(Extension.ZICBOM, Extension.ZICBOP, Extension.ZICBOZ);

    private BoardTree() {
    }

    /// The flattened tree.
    static byte[] of(MachineConfig config, GuestMemory memory, Bus bus, Boot boot) throws ImageException {
        var tree = new DeviceTree();
        var root = tree.root().cells("#address-cells", 2).cells("#size-cells", 2)
                .strings("compatible", "riscv-virtio").strings("model", "penumbra,virt");
        var chosen = root.child("chosen").strings("stdout-path", "/soc/serial@" + Long.toHexString(VirtMap.UART));
        if (boot.isLinux() || !boot.commandLine().isEmpty()) {
            chosen.strings("bootargs", boot.commandLine());
        }
        if (boot.ramDisk() != null) {
            long start = boot.ramDiskAddress(memory.size());
            chosen.longs("linux,initrd-start", start).longs("linux,initrd-end", start + boot.ramDisk().length());
        }
        if (boot.isLinux()) {
            // Without it, Linux rehashes its pool for every random number during boot: a seventh of all instructions.
            byte[] seed = new byte[SEED];
            config.random(2).nextBytes(seed);
            chosen.bytes("rng-seed", seed);
        }
        root.child("memory", VirtMap.RAM).strings("device_type", "memory").reg(VirtMap.RAM, memory.size());
        var cpus = root.child("cpus").cells("#address-cells", 1).cells("#size-cells", 0)
                .cells("timebase-frequency", Clock.FREQUENCY);
        var extensions = config.hart().extensions();
        for (int id = 0; id < config.harts(); id++) {
            var cpu = cpus.child("cpu", id).strings("device_type", "cpu").cells("reg", id).strings("status", "okay")
                    .strings("compatible", "riscv").strings("riscv,isa", Extension.isaString(extensions))
                    .strings("riscv,isa-base", "rv64i")
                    .strings("riscv,isa-extensions", Extension.names(extensions).toArray(String[]::new))
                    .strings("mmu-type", "riscv,sv" + config.hart().virtualAddressBits());
            blocks(cpu, extensions);
            cpu.child("interrupt-controller").cells("#interrupt-cells", 1).flag("interrupt-controller")
                    .strings("compatible", "riscv,cpu-intc").label(DeviceTree.hartInterrupts(id));
        }
        if (extensions.contains(Extension.SSCOFPMF)) {
            counters(root.child("pmu"));
        }
        var soc = root.child("soc").cells("#address-cells", 2).cells("#size-cells", 2)
                .strings("compatible", "simple-bus").flag("ranges");
        bus.describe(soc);
        return tree.flatten();
    }

    /// What a firmware that is guest code has to know of the event counters to offer them by SBI PMU (the binding is
    /// `riscv,pmu`): which value of mhpmevent counts an event, and which counters can.
    private static void counters(DeviceTree.Node pmu) {
        int all = (1 << PerformanceMonitor.COUNTERS) - 1 << PerformanceMonitor.FIRST;
        var named = PerformanceMonitor.NAMED;
        pmu.strings("compatible", "riscv,pmu")
                .cells("riscv,event-to-mhpmevent", named.stream().flatMapToInt(event -> IntStream.of(event.index(), 0,
                        event.selector())).toArray())
                .cells("riscv,event-to-mhpmcounters", named.stream().flatMapToInt(event -> IntStream.of(event.index(),
                        event.index(), all)).toArray())
                .cells("riscv,raw-event-to-mhpmcounters", 0, 0, -1, ~0xff, all);
    }

    /// The size of a cache block, for each extension that works on them.
    private static void blocks(DeviceTree.Node cpu, Set<Extension> extensions) {
        for (Extension extension : BLOCKS) {
            if (extensions.contains(extension)) {
                cpu.cells("riscv," + extension.isaName().replaceFirst("zi", "") + "-block-size", 64);
            }
        }
    }
}
