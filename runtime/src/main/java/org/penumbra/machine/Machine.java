// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.penumbra.device.Aclint;
import org.penumbra.device.BootRom;
import org.penumbra.device.Bus;
import org.penumbra.device.Clock;
import org.penumbra.device.Console;
import org.penumbra.device.GoldfishRtc;
import org.penumbra.device.GuestMemoryAccess;
import org.penumbra.device.Htif;
import org.penumbra.device.InterruptLine;
import org.penumbra.device.Plic;
import org.penumbra.device.PowerControl;
import org.penumbra.device.TestFinisher;
import org.penumbra.device.Uart16550;
import org.penumbra.device.VirtMap;
import org.penumbra.device.VirtioBlock;
import org.penumbra.device.VirtioDevice;
import org.penumbra.device.VirtioMmio;
import org.penumbra.device.VirtioRng;
import org.penumbra.firmware.Firmware;
import org.penumbra.firmware.FirmwareConsole;
import org.penumbra.hart.Hart;
import org.penumbra.hart.Interrupts;
import org.penumbra.memory.GuestMemory;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.AddressSpaces;
import org.penumbra.monitor.CodePages;
import org.penumbra.monitor.Measurement;
import org.penumbra.monitor.Models;
import org.penumbra.monitor.Monitor;
import org.penumbra.monitor.PagingContext;
import org.penumbra.monitor.PagingModel;

/// The computer: RAM, devices at the addresses of QEMU's `virt` board, one hart and its monitor, and time.
///
/// It runs nothing itself. An engine executes instructions and calls [#attend] whenever the hart wants attention or its
/// count of instructions is used up.
public final class Machine implements Monitor.Platform, PowerControl {
    /// Guest time of an instruction under the instruction clock: 1 ns.
    private static final long INSTRUCTIONS_PER_TICK = 1_000_000_000 / Clock.FREQUENCY;
    /// Most instructions between two looks at the console and the host's clock.
    private static final long QUANTUM = 1 << 22;
    private static final long HOST_QUANTUM = 200_000;
    private static final long LONGEST_SLEEP_NANOS = 50_000_000;
    private static final int SPACES = 16;

    private final MachineConfig config;
    private final GuestMemory memory;
    private final CodePages codePages;
    private final Bus bus = new Bus();
    private final Hart hart;
    private final Monitor monitor;
    private final Aclint aclint;
    private final GoldfishRtc rtc;
    private final Console console;
    private final Uart16550 uart;
    private final Image image;
    private final Htif htif;
    /// In place of machine mode, where the image is a kernel that wants one; else null.
    private final Firmware firmware;
    private final byte[] tree;
    private final long treeAddress;
    private long started = System.nanoTime();

    /// Instructions' worth of time skipped while waiting; negative once the machine has been reset.
    private long skipped;
    private long pauseAt = Long.MAX_VALUE;
    private Measurement measurement = new Measurement();
    private Outcome outcome;
    /// Instruction count at the last trap whose handler's first instruction it was.
    private long selfTrap = -1;
    private boolean resetRequested;
    private Rest rest = LockSupport::parkNanos;
    private volatile Thread resting;
    private volatile boolean wake;

    /// How the machine's thread waits while the guest waits; it may return early.
    @FunctionalInterface
    public interface Rest {
        void await(long nanos);
    }

    /// Builds the machine and loads an image into it.
    ///
    /// @throws ImageException when the image does not fit
    /// @throws IllegalArgumentException one line, when the configuration names no model
    public Machine(MachineConfig config, Image image) throws ImageException {
        this.config = config;
        this.image = image;
        this.memory = new GuestMemory(VirtMap.RAM, config.memory(),
                Models.frames(config.model(), config.memory(), config.modelOptions()));
        var spaces = new AddressSpaces(config.tlbEntries(), SPACES);
        this.hart = new Hart(0, config.hart(), spaces);
        Clock clock = this::ticks;
        this.aclint = new Aclint(clock, new InterruptLine[] {line(Interrupts.MACHINE_SOFTWARE)},
                new InterruptLine[] {line(Interrupts.MACHINE_TIMER)}, this::timerChanged);
        var plic = new Plic(new InterruptLine[] {line(Interrupts.MACHINE_EXTERNAL)},
                new InterruptLine[] {line(Interrupts.SUPERVISOR_EXTERNAL)});
        this.uart = new Uart16550(plic.source(VirtMap.UART_IRQ), VirtMap.UART_IRQ, config.out());
        this.console = new Console(config.in(), uart, () -> {
            wake = true;
            LockSupport.unpark(resting);
        });
        bus.attach(VirtMap.TEST_FINISHER, new TestFinisher(this));
        this.rtc = new GoldfishRtc(config.clock() == MachineConfig.ClockSource.HOST ? GoldfishRtc.hostTime()
                : GoldfishRtc.virtualTime(clock), plic.source(VirtMap.RTC_IRQ), VirtMap.RTC_IRQ);
        bus.attach(VirtMap.RTC, rtc);
        bus.attach(VirtMap.ACLINT, aclint);
        bus.attach(VirtMap.PLIC, plic);
        bus.attach(VirtMap.UART, uart);

        this.codePages = new CodePages(memory);
        this.monitor = new Monitor(hart, memory, codePages, bus, model(), this);
        this.htif = htif();
        this.firmware = image instanceof LinuxImage
                ? new Firmware(new Monitor[] {monitor}, memory, this, firmwareConsole()) : null;
        hart.answerSupervisorCalls(firmware);
        if (image instanceof LinuxImage) {
            attachVirtio(plic);
        }
        this.tree = BoardTree.of(config, memory, bus, image);
        this.treeAddress = VirtMap.deviceTreeAddress(VirtMap.RAM, memory.size(), tree.length);
        load();
        var rom = new BootRom(image.entry(), treeAddress);
        bus.attach(VirtMap.BOOT_ROM, rom);
        codePages.addRom(VirtMap.BOOT_ROM, rom.contents());
    }

    private PagingModel model() {
        return Models.create(config.model(), new PagingContext(memory, (owner, gpa, update) ->
                owner.pmp.allows(gpa, 8, update ? AccessType.STORE : AccessType.LOAD, Hart.SUPERVISOR)), config.modelOptions());
    }

    private InterruptLine line(int bit) {
        return level -> hart.setLine(bit, level);
    }

    private Htif htif() {
        if (!(image instanceof ElfImage elf) || elf.tohost().isEmpty()) {
            return null;
        }
        long tohost = elf.tohost().getAsLong();
        if (!memory.contains(tohost, 8)) {
            return null;
        }
        monitor.watch(tohost);
        long fromhost = elf.fromhost().orElse(0);
        return new Htif(access(), tohost, memory.contains(fromhost, 8) ? fromhost : 0, this, config.out());
    }

    private FirmwareConsole firmwareConsole() {
        return new FirmwareConsole() {
            @Override
            public void write(byte[] bytes, int length) {
                uart.flush(); // what the guest wrote there comes before
                try {
                    config.out().write(bytes, 0, length);
                    config.out().flush();
                } catch (IOException lost) {
                    // as with the port: output that nobody takes is dropped
                }
            }

            @Override
            public int read() {
                return console.take();
            }
        };
    }

    /// The disk and the source of random numbers, which are repeatable under the instruction clock.
    private void attachVirtio(Plic plic) {
        RandomGenerator random = config.clock() == MachineConfig.ClockSource.HOST ? new SecureRandom() : new SplittableRandom(1);
        attach(plic, 0, new VirtioRng(random));
        if (config.disk() != null) {
            attach(plic, 1, new VirtioBlock(config.disk()));
        }
    }

    private void attach(Plic plic, int slot, VirtioDevice device) {
        int source = VirtMap.VIRTIO_IRQ + slot;
        bus.attach(VirtMap.VIRTIO + slot * VirtMap.VIRTIO_STRIDE, new VirtioMmio(device, plic.source(source), source, access()));
    }

    /// RAM as devices see it: what they write, translations and decoded code are told of.
    private GuestMemoryAccess access() {
        return new GuestMemoryAccess() {
            @Override
            public boolean contains(long gpa, long length) {
                return length >= 0 && memory.contains(gpa, Math.max(1, length));
            }

            @Override
            public void read(long gpa, byte[] target, int offset, int length) {
                memory.read(gpa, target, offset, length);
            }

            @Override
            public void write(long gpa, byte[] source, int offset, int length) {
                writeMemory(gpa, source, offset, length);
            }
        };
    }

    /// Writes RAM from outside the guest.
    public void writeMemory(long gpa, byte[] source, int offset, int length) {
        memory.write(gpa, source, offset, length);
        monitor.written(gpa, length);
    }

    /// Puts the image and the device tree into RAM, which is all zero, and the hart at the boot ROM.
    private void load() throws ImageException {
        if (image instanceof LinuxImage linux) {
            linux.load(new ClearMemory(memory), VirtMap.RAM, memory.size());
        } else {
            image.load(new ClearMemory(memory), VirtMap.RAM);
        }
        image.requireFree(treeAddress, tree.length);
        memory.write(treeAddress, tree, 0, tree.length);
        hart.pc = VirtMap.BOOT_ROM;
        if (firmware != null) {
            firmware.enter(hart, image.entry(), treeAddress);
        }
        schedule();
    }

    /// Switches the machine off and on: everything as it was after it was built, time and all counts too.
    ///
    /// Output goes on where it goes, and input already taken from the host stays taken.
    public void powerOn() {
        hart.deadline = 0;
        hart.remaining = 0;
        outcome = null;
        restart();
        measurement = new Measurement();
        monitor.clearStatistics();
    }

    /// The guest's reset: as [#powerOn], but the counts go on.
    private void restart() {
        resetRequested = false;
        selfTrap = -1;
        skipped = -hart.instret();
        started = System.nanoTime();
        memory.clear();
        codePages.reset();
        hart.reset();
        bus.reset();
        if (htif != null) {
            htif.reset();
        }
        monitor.reset(model());
        try {
            load();
        } catch (ImageException e) {
            throw new IllegalStateException("what was loaded once does not fit any more", e);
        }
    }

    public MachineConfig config() {
        return config;
    }

    public Hart hart() {
        return hart;
    }

    public Monitor monitor() {
        return monitor;
    }

    public GuestMemory memory() {
        return memory;
    }

    public Image image() {
        return image;
    }

    /// How the run ended, or null while it goes on.
    public Outcome outcome() {
        return outcome;
    }

    /// What has been counted.
    ///
    /// @param nanos of host time, to be put with it
    public Measurement.Point counts(long nanos) {
        return new Measurement.Point(hart.instret(), monitor.statistics(), nanos);
    }

    /// The part of the run that the guest marked.
    public Measurement measurement() {
        return measurement;
    }

    /// Says how the machine's thread is to wait; the default is parking it.
    public void restWith(Rest way) {
        rest = way;
    }

    /// Lets [#attend] end the run, without an outcome, as soon as so many more instructions have been retired.
    ///
    /// To be called before every run: one that ended in an exception left the machine to be attended to.
    /// @param instructions not negative; `Long.MAX_VALUE` for no end
    public void pauseAfter(long instructions) {
        long now = hart.instret();
        pauseAt = instructions > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + instructions;
        hart.attention = true;
    }

    /// Sees to what made the engine stop: takes a pending trap or interrupt, brings timers and the console up to date,
    /// waits where the guest waits.
    ///
    /// @return whether the run goes on
    public boolean attend() {
        hart.attention = false;
        if (hart.trapPending()) {
            takeTrap();
        }
        while (true) {
            aclint.update();
            hart.updateTimer();
            if (hart.remaining <= 0 || hart.waiting) {
                rtc.update();
                console.poll();
                if (htif != null) {
                    htif.check();
                }
            }
            if (outcome != null) {
                break;
            }
            if (resetRequested) {
                restart();
            }
            if (hart.instret() >= config.maximumInstructions()) {
                outcome = new Outcome(Outcome.Reason.INSTRUCTION_LIMIT, 0);
                break;
            }
            if (hart.instret() >= pauseAt) {
                break;
            }
            if (!hart.waiting || hart.wakeupPending()) {
                hart.waiting = false;
                hart.takeInterrupt();
                schedule();
                return true;
            }
            if (!rest()) {
                outcome = new Outcome(Outcome.Reason.DEADLOCK, 0);
                break;
            }
        }
        uart.flush();
        return false;
    }

    /// Takes the pending trap. One that leads to itself twice changes nothing any more: no instruction is retired, no
    /// interrupt enabled, and under the instruction clock no time passes.
    private void takeTrap() {
        long pc = hart.pc;
        int privilege = hart.privilege;
        hart.takePendingTrap();
        if (hart.pc != pc || hart.privilege != privilege
                || privilege != Hart.MACHINE && config.clock() != MachineConfig.ClockSource.INSTRUCTIONS) {
            return;
        }
        if (selfTrap == hart.instret() && outcome == null) {
            outcome = new Outcome(Outcome.Reason.TRAP_LOOP, 0);
        }
        selfTrap = hart.instret();
    }

    /// Lets time pass for a waiting hart.
    /// @return false when nothing can ever wake it
    private boolean rest() {
        long deadline = nextDeadline();
        if (config.clock() == MachineConfig.ClockSource.INSTRUCTIONS && deadline != Long.MAX_VALUE) {
            skipped += Math.max(0, deadline * INSTRUCTIONS_PER_TICK - instructionTime());
            return true;
        }
        if (deadline == Long.MAX_VALUE && console.exhausted()) {
            return false;
        }
        long nanos = deadline == Long.MAX_VALUE ? LONGEST_SLEEP_NANOS
                : (deadline - ticks()) * Clock.NANOSECONDS_PER_TICK;
        if (nanos > 0 && !wake) {
            resting = Thread.currentThread();
            rest.await(Math.min(nanos, LONGEST_SLEEP_NANOS));
        }
        wake = false;
        return true;
    }

    /// The tick at which a timer wants to be looked at.
    private long nextDeadline() {
        long supervisor = hart.stimecmpDeadline();
        long deadline = aclint.nextDeadline(0);
        if (deadline <= ticks()) {
            // MTIP is up already: nothing new comes of it.
            deadline = Long.MAX_VALUE;
        }
        long alarm = rtc.nanosecondsToAlarm();
        if (alarm != Long.MAX_VALUE) {
            deadline = Math.min(deadline, ticks() + alarm / Clock.NANOSECONDS_PER_TICK + 1);
        }
        return supervisor == Long.MAX_VALUE ? deadline : Math.min(deadline, aclint.deadline(supervisor));
    }

    /// Sets how far the engine may run.
    private void schedule() {
        long now = hart.instret();
        long deadline = now + (config.clock() == MachineConfig.ClockSource.HOST ? HOST_QUANTUM : QUANTUM);
        if (config.clock() == MachineConfig.ClockSource.INSTRUCTIONS) {
            long tick = nextDeadline();
            if (tick < Long.MAX_VALUE / INSTRUCTIONS_PER_TICK) {
                deadline = Math.min(deadline, Math.max(now + 1, tick * INSTRUCTIONS_PER_TICK - skipped));
            }
        }
        deadline = Math.min(deadline, Math.min(config.maximumInstructions(), pauseAt));
        hart.deadline = deadline;
        hart.remaining = deadline - now;
    }

    private long instructionTime() {
        return hart.instret() + skipped;
    }

    private long ticks() {
        return config.clock() == MachineConfig.ClockSource.HOST
                ? (System.nanoTime() - started) / Clock.NANOSECONDS_PER_TICK
                : instructionTime() / INSTRUCTIONS_PER_TICK;
    }

    @Override
    public long time() {
        return aclint.time();
    }

    @Override
    public void timerChanged() {
        hart.attention = true;
    }

    @Override
    public void watchedStore(long gpa, int size) {
        if (htif != null) {
            htif.stored(gpa, size);
        }
    }

    @Override
    public void marked(long immediate) {
        measurement.mark(immediate, counts(System.nanoTime()));
    }

    @Override
    public void powerOff(int status) {
        if (outcome == null) {
            outcome = new Outcome(Outcome.Reason.POWER_OFF, status);
        }
        hart.attention = true;
    }

    @Override
    public void reset() {
        resetRequested = true;
        hart.attention = true;
    }
}
