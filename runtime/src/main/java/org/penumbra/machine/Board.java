// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.penumbra.device.Bus;
import org.penumbra.device.Clock;
import org.penumbra.device.Console;
import org.penumbra.device.GuestMemoryAccess;
import org.penumbra.device.InputJournal;
import org.penumbra.device.InterruptLine;
import org.penumbra.device.PowerControl;
import org.penumbra.device.board.Aclint;
import org.penumbra.device.board.GoldfishRtc;
import org.penumbra.device.board.Htif;
import org.penumbra.device.board.Plic;
import org.penumbra.device.board.TestFinisher;
import org.penumbra.device.board.Uart16550;
import org.penumbra.device.board.VirtMap;
import org.penumbra.device.virtio.VirtioBlock;
import org.penumbra.device.virtio.VirtioConsole;
import org.penumbra.device.virtio.VirtioDevice;
import org.penumbra.device.virtio.VirtioMmio;
import org.penumbra.device.virtio.VirtioNet;
import org.penumbra.device.virtio.VirtioRng;
import org.penumbra.device.virtio.VirtioShare;
import org.penumbra.firmware.FirmwareConsole;
import org.penumbra.hart.Interrupts;

/// The devices around the harts, at the addresses of QEMU's `virt` board, and the wires between them.
final class Board {
    private static final int RANDOM_SLOT = 0;
    private static final int DISK_SLOT = 1;
    private static final int NETWORK_SLOT = DISK_SLOT + Peripherals.MOST_DISKS;
    private static final int CONSOLE_SLOT = NETWORK_SLOT + 1;
    private static final int SHARE_SLOT = CONSOLE_SLOT + 1;

    final Bus bus = new Bus();
    final Aclint aclint;
    final GoldfishRtc rtc;
    final Console console;
    private final MachineConfig config;
    private final Surroundings around;
    private final Plic plic;
    private final Uart16550 uart;
    private final List<VirtioMmio> virtio = new ArrayList<>();
    private VirtioRng random;
    /// Where there is one, and then all input is for it; else null.
    private VirtioMmio virtioConsole;
    /// Whether the guest has drivers, which lose what comes before they are there.
    private boolean driven;
    /// Where the image asks for it; else null.
    private Htif htif;

    /// What the devices need of the machine.
    interface Surroundings extends PowerControl, Clock, Console.Place {
        /// Sets the level of a line into a hart.
        void setLine(int hart, int bit, boolean level);

        /// When the next timer expires has changed.
        void timerChanged();

        /// A device has more to do before the guest goes on: see [#goOn].
        void unfinished();

        /// RAM as devices see it: what they write, translations and decoded code are told of.
        GuestMemoryAccess access();
    }

    Board(MachineConfig config, InputJournal journal, Surroundings around) {
        this.config = config;
        this.around = around;
        this.aclint = new Aclint(around, lines(Interrupts.MACHINE_SOFTWARE), lines(Interrupts.MACHINE_TIMER),
                around::timerChanged);
        this.plic = new Plic(lines(Interrupts.MACHINE_EXTERNAL), lines(Interrupts.SUPERVISOR_EXTERNAL));
        this.console = new Console(config.in(), config.out(), journal, around);
        this.uart = new Uart16550(plic.source(VirtMap.UART_IRQ), VirtMap.UART_IRQ, console, console.output());
        this.rtc = new GoldfishRtc(config.clock() == MachineConfig.ClockSource.HOST ? GoldfishRtc.hostTime()
                : GoldfishRtc.virtualTime(around), plic.source(VirtMap.RTC_IRQ), VirtMap.RTC_IRQ);
        bus.attach(VirtMap.TEST_FINISHER, new TestFinisher(around));
        bus.attach(VirtMap.RTC, rtc);
        bus.attach(VirtMap.ACLINT, aclint);
        bus.attach(VirtMap.PLIC, plic);
        bus.attach(VirtMap.UART, uart);
    }

    private InterruptLine[] lines(int bit) {
        var lines = new InterruptLine[config.harts()];
        Arrays.setAll(lines, hart -> level -> around.setLine(hart, bit, level));
        return lines;
    }

    /// The devices of a Linux machine.
    void attachVirtio() {
        driven = true;
        Peripherals with = config.peripherals();
        random = new VirtioRng(() -> config.random(1));
        attach(RANDOM_SLOT, random);
        for (int i = 0; i < with.disks().size(); i++) {
            attach(DISK_SLOT + i, new VirtioBlock(with.disks().get(i), with.complaints()));
        }
        if (with.network() != null) {
            with.network().whenFrameArrives(around::inputArrived);
            attach(NETWORK_SLOT, new VirtioNet(with.network()));
        }
        if (with.share() != null) {
            attach(SHARE_SLOT, new VirtioShare(with.share()));
        }
        if (with.terminal() != null) {
            virtioConsole = attach(CONSOLE_SLOT, new VirtioConsole(console, console.output(), with.terminal()));
        }
    }

    private VirtioMmio attach(int slot, VirtioDevice device) {
        int source = VirtMap.VIRTIO_IRQ + slot;
        var transport = new VirtioMmio(device, plic.source(source), source, around.access(), around::unfinished);
        bus.attach(VirtMap.VIRTIO + slot * VirtMap.VIRTIO_STRIDE, transport);
        virtio.add(transport);
        return transport;
    }

    /// The host interface of a test program, in the words of memory that it names.
    void attachHtif(long tohost, long fromhost) {
        htif = new Htif(around.access(), tohost, fromhost, around, console, console.output());
    }

    void stored(long gpa, int size) {
        if (htif != null) {
            htif.stored(gpa, size);
        }
    }

    /// Looks at what comes from outside.
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

    /// Whether somebody may look at the serial port for input, although nobody polls it this very moment. A guest with
    /// drivers looks at it while it sends, too, and does so before it can receive.
    private boolean feedsPort() {
        boolean lookedAt = uart.takeLookedAt();
        return virtioConsole == null && (uart.hasListener() || !driven && lookedAt);
    }

    /// Whether a program waits for input in a way that the machine does not see.
    boolean wantsSoonLook() {
        return htif != null && htif.waitsForInput();
    }

    /// Lets devices do more of what takes them long.
    ///
    /// @return whether there is still more
    boolean goOn() {
        boolean more = false;
        for (VirtioMmio transport : virtio) {
            more |= transport.goOn();
        }
        return more;
    }

    /// Whether nothing more can come from outside: a guest that waits for it alone waits for ever.
    boolean exhausted() {
        if (config.peripherals().network() != null) {
            return false;
        }
        boolean listens = virtioConsole != null || uart.hasListener() || wantsSoonLook();
        return console.hasInput() ? !listens : console.hasEnded();
    }

    /// Hands on what the guest has written.
    void flush() {
        uart.flush();
    }

    /// In addition to a [#reset].
    void powerOn() {
        if (random != null) {
            random.restart();
        }
        console.powerOn();
    }

    /// Leaves input that the guest has not read to the next machine.
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
                uart.flush(); // what the guest wrote there comes before
                console.output().write(bytes, 0, length);
                console.output().flush();
            }

            @Override
            public int read() {
                return console.take();
            }
        };
    }
}
