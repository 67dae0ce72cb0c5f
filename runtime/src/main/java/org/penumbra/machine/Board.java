// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.penumbra.device.Bus;
import org.penumbra.device.Clock;
import org.penumbra.device.Console;
import org.penumbra.device.GuestMemoryAccess;
import org.penumbra.device.InputJournal;
import org.penumbra.device.InterruptLine;
import org.penumbra.device.PowerControl;
import org.penumbra.device.board.Aclint;
import org.penumbra.device.board.FwCfg;
import org.penumbra.device.board.GoldfishRtc;
import org.penumbra.device.board.Htif;
import org.penumbra.device.board.PcieConfiguration;
import org.penumbra.device.board.Plic;
import org.penumbra.device.board.TestFinisher;
import org.penumbra.device.board.Uart16550;
import org.penumbra.device.board.UnusedRange;
import org.penumbra.device.board.VirtMap;
import org.penumbra.device.virtio.Disk;
import org.penumbra.device.virtio.VirtioBlock;
import org.penumbra.device.virtio.VirtioConsole;
import org.penumbra.device.virtio.VirtioDevice;
import org.penumbra.device.virtio.VirtioMmio;
import org.penumbra.device.virtio.VirtioNet;
import org.penumbra.device.virtio.VirtioRng;
import org.penumbra.device.virtio.VirtioShare;
import org.penumbra.device.virtio.VirtioSlot;
import org.penumbra.firmware.FirmwareConsole;
import org.penumbra.hart.Interrupts;
import org.penumbra.options.ClockSource;
import org.penumbra.options.Settings;
import org.penumbra.snapshot.State;

/// The devices around the harts, at the addresses of QEMU's `virt` board, and their wiring.
final class Board {
    final Bus bus = new Bus();
    final Aclint aclint;
    final GoldfishRtc rtc;
    final Console console;
    private final MachineConfig config;
    private final Services services;
    private final Plic plic;
    private final Uart16550 uart;
    private final List<VirtioMmio> virtio = new ArrayList<>();
    private VirtioRng random;
    /// Null if there is none; if there is one, it gets all input.
    private VirtioMmio virtioConsole;
    /// Whether the guest has drivers, which lose input that arrives before they are set up.
    private boolean driven;
    /// Null unless the image asks for it.
    private Htif htif;

    /// Services of the machine that the devices use.
    interface Services extends PowerControl, Clock, Console.Place {
        /// Sets the level of an interrupt line of a hart.
        void setLine(int hart, int bit, boolean level);

        /// The time at which the next timer expires has changed.
        void timerChanged();

        /// A device has more work to do before the guest continues: see [#goOn].
        void unfinished();

        /// RAM as devices see it: their writes are reported to translations and decoded code.
        GuestMemoryAccess access();
    }

    Board(MachineConfig config, InputJournal journal, Services services) {
        this.config = config;
        this.services = services;
        this.aclint = new Aclint(services, lines(Interrupts.MACHINE_SOFTWARE), lines(Interrupts.MACHINE_TIMER),
                services::timerChanged);
        this.plic = new Plic(lines(Interrupts.MACHINE_EXTERNAL), lines(Interrupts.SUPERVISOR_EXTERNAL));
        this.console = new Console(config.in(), config.out(), journal, services);
        this.uart = new Uart16550(plic.source(VirtMap.UART_IRQ), VirtMap.UART_IRQ, console, console.output());
        this.rtc = new GoldfishRtc(timeOfDay(), plic.source(VirtMap.RTC_IRQ), VirtMap.RTC_IRQ,
                services::timerChanged);
        bus.attach(VirtMap.TEST_FINISHER, new TestFinisher(services));
        bus.attach(VirtMap.RTC, rtc);
        bus.attach(VirtMap.ACLINT, aclint);
        bus.attach(VirtMap.PLIC, plic);
        bus.attach(VirtMap.UART, uart);
        for (AddedDevice added : config.peripherals().added()) {
            bus.attach(added.at(), added.make(added.interrupt() == 0 ? InterruptLine.UNCONNECTED
                    : plic.source(added.interrupt()), services.access()));
        }
        attachUnused();
    }

    /// Addresses that respond on QEMU's `virt` although no device is there, unless one was added.
    private void attachUnused() {
        bus.attachUnlessTaken(VirtMap.FW_CFG, new FwCfg(services.access()));
        bus.attachUnlessTaken(VirtMap.FLASH, new UnusedRange(VirtMap.FLASH_SIZE, 0));
        bus.attachUnlessTaken(VirtMap.PCIE_PORTS, new UnusedRange(VirtMap.PCIE_PORTS_SIZE, 0xff));
        bus.attachUnlessTaken(VirtMap.PCIE_CONFIGURATION, new PcieConfiguration());
        bus.attachUnlessTaken(VirtMap.PCIE_MEMORY, new UnusedRange(VirtMap.PCIE_MEMORY_SIZE, 0xff));
        bus.attachUnlessTaken(VirtMap.pcieHigh(config.memory()), new UnusedRange(VirtMap.PCIE_HIGH_SIZE, 0xff));
    }

    private LongSupplier timeOfDay() {
        OptionalLong date = config.peripherals().date();
        return date.isEmpty() && config.clock() == ClockSource.HOST ? GoldfishRtc.hostTime()
                : GoldfishRtc.virtualTime(services, date.orElse(Settings.VIRTUAL_DATE));
    }

    private InterruptLine[] lines(int bit) {
        var lines = new InterruptLine[config.harts()];
        Arrays.setAll(lines, hart -> level -> services.setLine(hart, bit, level));
        return lines;
    }

    /// The configured devices: disks in the first slots, then the network; for Linux, also devices that it benefits
    /// from.
    void attachVirtio(boolean linux) {
        driven = linux;
        Peripherals peripherals = config.peripherals();
        for (Disk disk : peripherals.disks()) {
            attach(new VirtioBlock(disk, peripherals.complaints()));
        }
        if (peripherals.network() != null) {
            peripherals.network().whenFrameArrives(services::inputArrived);
            attach(new VirtioNet(peripherals.network()));
        }
        if (linux) {
            random = new VirtioRng(() -> config.random(1));
            attach(random);
        }
        if (peripherals.share() != null) {
            attach(new VirtioShare(peripherals.share()));
        }
        if (peripherals.terminal() != null) {
            virtioConsole = attach(new VirtioConsole(console, console.output(), peripherals.terminal()));
        }
        for (int slot = virtio.size(); slot < VirtMap.VIRTIO_SLOTS; slot++) {
            bus.attachUnlessTaken(VirtMap.virtio(slot), new VirtioSlot(peripherals.legacyVirtio()));
        }
    }

    /// Adds a device in the next slot.
    private VirtioMmio attach(VirtioDevice device) {
        int slot = virtio.size();
        long base = VirtMap.virtio(slot);
        int source = VirtMap.VIRTIO_IRQ + slot;
        var transport = new VirtioMmio(device, config.peripherals().legacyVirtio(), plic.source(source), source,
                services.access(),
                services::unfinished);
        bus.attach(base, transport);
        virtio.add(transport);
        return transport;
    }

    /// The host interface of a test program, at the memory words that it declares.
    void attachHtif(long tohost, long fromhost) {
        htif = new Htif(services.access(), tohost, fromhost, services, console, console.output());
    }

    void stored(long gpa, int size) {
        if (htif != null) {
            htif.stored(gpa, size);
        }
    }

    /// Polls for input from outside.
    void poll() {
        uart.flush();
        if (feedsPort()) {
            uart.receive();
        }
        for (VirtioMmio transport : virtio) {
            transport.poll();
        }
        if (htif != null) {
            htif.check();
        }
    }

    /// Whether the guest may be checking the serial port for input although it is not polling it at this moment. A
    /// guest with drivers also reads its status while sending, even before it is able to receive.
    private boolean feedsPort() {
        boolean lookedAt = uart.takeLookedAt();
        return virtioConsole == null && (uart.hasListener() || !driven && lookedAt);
    }

    /// Whether a program waits for input in a way that the machine cannot see.
    boolean wantsSoonLook() {
        return htif != null && htif.waitsForInput();
    }

    /// Lets devices continue work that takes long.
    ///
    /// @return whether there is more left to do
    boolean goOn() {
        boolean more = false;
        for (VirtioMmio transport : virtio) {
            more |= transport.goOn();
        }
        return more;
    }

    /// Whether no more input can come from outside: a guest that waits only for input would wait forever.
    boolean exhausted() {
        if (config.peripherals().network() != null) {
            return false;
        }
        boolean listens = virtioConsole != null || uart.hasListener() || wantsSoonLook();
        return console.hasInput() ? !listens : console.hasEnded();
    }

    /// Flushes the guest's output.
    void flush() {
        uart.flush();
    }

    /// Called in addition to [#reset].
    void powerOn() {
        if (random != null) {
            random.restart();
        }
        console.powerOn();
    }

    /// Leaves input that the guest has not read for the next machine.
    void close() {
        uart.flush();
        uart.giveBack();
        console.close();
    }

    void reset() {
        bus.reset();
        if (htif != null) {
            htif.reset();
        }
    }

    FirmwareConsole firmwareConsole() {
        return new FirmwareConsole() {
            @Override
            public void write(byte[] bytes, int length) {
                uart.flush(); // the guest's output there comes first
                console.output().write(bytes, 0, length);
                console.output().flush();
            }

            @Override
            public int read() {
                return console.take();
            }
        };
    }

    /// Saves or restores the devices' state and pending input.
    void transfer(State state) {
        flush();
        bus.transfer(state);
        if (htif != null) {
            htif.transfer(state);
        }
        console.transfer(state);
    }
}
