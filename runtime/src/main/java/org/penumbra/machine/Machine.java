// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import java.io.Closeable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.penumbra.device.Console;
import org.penumbra.device.GuestMemoryAccess;
import org.penumbra.device.InputJournal;
import org.penumbra.device.board.BootRom;
import org.penumbra.device.board.VirtMap;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.exits.Measurement;
import org.penumbra.firmware.Firmware;
import org.penumbra.hart.Hart;
import org.penumbra.machine.image.Boot;
import org.penumbra.machine.image.Image;
import org.penumbra.machine.image.ImageException;
import org.penumbra.machine.image.ReloadException;
import org.penumbra.memory.GuestMemory;
import org.penumbra.mmu.AddressSpaces;
import org.penumbra.mmu.PagingContext;
import org.penumbra.monitor.CodePages;
import org.penumbra.monitor.EventKind;
import org.penumbra.monitor.MachineEvents;
import org.penumbra.monitor.Monitor;
import org.penumbra.monitor.Watch;
import org.penumbra.paging.Models;
import org.penumbra.paging.PagingModel;
import org.penumbra.snapshot.State;
import org.penumbra.snapshot.StateException;
import org.penumbra.snapshot.StateReader;
import org.penumbra.snapshot.StateWriter;

/// The computer: RAM, the devices of its board, its harts with a monitor each, and time.
///
/// It runs nothing itself. An engine executes instructions of the [#running] hart and calls [#attend] whenever that wants
/// attention or its count of instructions is used up.
public final class Machine implements Monitor.Platform, Closeable {
    private static final int SPACES = 16;
    /// Registers a7 and a6, which name a call of the firmware.
    private static final int EXTENSION = 17;
    private static final int FUNCTION = 16;

    private final MachineConfig config;
    private final GuestMemory memory;
    private final DeviceMemory deviceMemory;
    private final CodePages codePages;
    private final Hart[] harts;
    private final Monitor[] monitors;
    private final Turns turns;
    private final GuestTime time;
    private final Board board;
    private final Pace pace;
    private final Balloon balloon;
    private final Boot boot;
    /// In place of machine mode, where the program wants one; else null.
    private final Firmware firmware;
    private long treeAddress;

    private Measurement measurement = new Measurement(System.nanoTime());
    private long pauseAt = Long.MAX_VALUE;
    private Outcome outcome;
    /// Null where nobody is told of events.
    private MachineEvents events;
    private final SelfTrap selfTrap;
    private boolean resetRequested;
    /// Set on any thread.
    private volatile boolean stopRequested;
    private boolean closed;

    /// How the machine's thread waits while the guest waits; it may return early.
    @FunctionalInterface
    public interface Rest {
        void await(long nanos);
    }

    /// Builds the machine and loads an image into it, which starts as such images do: see [Boot#of].
    ///
    /// @throws ImageException when the image does not fit
    /// @throws IllegalArgumentException one line, when the configuration names no model
    public Machine(MachineConfig config, Image image) throws ImageException {
        this(config, Boot.of(image));
    }

    /// The same without a journal of the console's input.
    public Machine(MachineConfig config, Boot boot) throws ImageException {
        this(config, boot, InputJournal.NONE);
    }

    /// Builds the machine and loads it.
    ///
    /// @param journal of the console's input, to write or to follow
    /// @throws ImageException when what is loaded does not fit
    /// @throws IllegalArgumentException one line, when the configuration names no model
    public Machine(MachineConfig config, Boot boot, InputJournal journal) throws ImageException {
        this(config, boot, journal, null);
    }

    /// Builds a machine that goes on where another one was.
    ///
    /// @param config of the other one, or the same with another model, other options of models or another console
    /// @throws org.penumbra.snapshot.StateException when the snapshot is of another machine than `config` describes
    public static Machine of(MachineSnapshot snapshot, MachineConfig config) {
        try {
            return new Machine(config, snapshot.boot(), InputJournal.NONE, snapshot);
        } catch (ImageException e) {
            throw new StateException(e.getMessage());
        }
    }

    private Machine(MachineConfig config, Boot boot, InputJournal journal, MachineSnapshot snapshot)
            throws ImageException {
        this.config = config;
        this.boot = boot;
        this.memory = new GuestMemory(VirtMap.RAM, config.memory(),
                Models.frames(config.model(), config.memory(), config.modelOptions()));
        this.deviceMemory = new DeviceMemory(memory, this::written);
        this.codePages = new CodePages(memory);
        this.harts = new Hart[config.harts()];
        for (int id = 0; id < harts.length; id++) {
            harts[id] = new Hart(id, config.hart(), new AddressSpaces(config.tlbEntries(), SPACES));
            if (harts.length > 1) {
                harts[id].takeTurns();
            }
        }
        this.turns = new Turns(harts);
        this.selfTrap = new SelfTrap(harts.length);
        this.time = new GuestTime(config.clock(), turns);
        var surroundings = new Surroundings();
        this.board = new Board(config, journal, surroundings);
        this.balloon = new Balloon(memory, config.modelOptions());
        this.pace = new Pace(harts, turns, time, board);
        this.monitors = new Monitor[harts.length];
        PagingModel model = model();
        for (int id = 0; id < harts.length; id++) {
            monitors[id] = new Monitor(harts[id], memory, codePages, board.bus, model, this);
        }
        connectHtif();
        this.firmware = boot.supervised() ? new Firmware(monitors, memory, surroundings, board.firmwareConsole()) : null;
        board.attachVirtio(boot.isLinux());
        for (Hart hart : harts) {
            hart.answerSupervisorCalls(firmware);
        }
        try {
            if (snapshot == null) {
                load();
            } else {
                treeAddress = boot.treeAddress(memory.size(), BoardTree.of(config, memory, board.bus, boot).length);
            }
        } catch (ImageException | RuntimeException refused) {
            close();
            throw refused;
        }
        var rom = new BootRom(boot.entry(), treeAddress, boot.next());
        board.bus.attach(VirtMap.BOOT_ROM, rom);
        codePages.addRom(VirtMap.BOOT_ROM, rom.contents());
        if (snapshot != null) {
            restoreOrClose(snapshot);
        }
    }

    private void restoreOrClose(MachineSnapshot snapshot) {
        try {
            restore(snapshot);
        } catch (RuntimeException refused) {
            close();
            throw refused;
        }
    }

    private PagingModel model() {
        return Models.create(config.model(), new PagingContext(memory), config.modelOptions());
    }

    /// Has a hart go on elsewhere, whether it waits or not; also one whose waiting, or trapping, has ended the run.
    public void setPc(Hart hart, long pc) {
        hart.pc = pc;
        hart.waiting = false;
        turns.goOn(hart);
        selfTrap.forget();
        if (outcome != null && (outcome.reason() == Outcome.Reason.DEADLOCK || outcome.reason() == Outcome.Reason.TRAP_LOOP)) {
            outcome = null;
        }
    }

    private void connectHtif() {
        Image image = boot.image();
        if (image.tohost().isEmpty() || !memory.contains(image.tohost().getAsLong(), 8)) {
            return;
        }
        for (Monitor monitor : monitors) {
            monitor.watch(image.tohost().getAsLong());
        }
        long fromhost = image.fromhost().orElse(0);
        board.attachHtif(image.tohost().getAsLong(), memory.contains(fromhost, 8) ? fromhost : 0);
    }

    /// Writes RAM from outside the guest.
    public void writeMemory(long gpa, byte[] source, int offset, int length) {
        deviceMemory.write(gpa, source, offset, length);
    }

    private void written(long gpa, long length) {
        monitors[running().id()].written(gpa, length);
    }

    /// Puts what it is switched on with and a device tree into RAM, which is all zero, and the harts at the boot ROM; under a firmware one
    /// of them at the kernel.
    private void load() throws ImageException {
        boot.load(new ClearMemory(memory), memory.size());
        byte[] tree = BoardTree.of(config, memory, board.bus, boot);
        treeAddress = boot.treeAddress(memory.size(), tree.length);
        memory.write(treeAddress, tree, 0, tree.length);
        for (Hart hart : harts) {
            hart.pc = VirtMap.BOOT_ROM;
        }
        if (firmware != null) {
            firmware.boot(boot.entry(), treeAddress);
        }
        schedule();
    }

    /// Switches the machine off and on: everything as it was after it was built, time and all counts too.
    ///
    /// Output goes on where it goes, input already taken from the host stays taken, and disks keep what was written to them.
    public void powerOn() {
        for (Hart hart : harts) {
            hart.deadline = 0;
            hart.remaining = 0;
        }
        outcome = null;
        pace.restart();
        board.powerOn();
        restart();
        measurement = new Measurement(System.nanoTime());
        for (Monitor monitor : monitors) {
            monitor.clearStatistics();
        }
    }

    /// The guest's reset: as [#powerOn], but the counts go on.
    private void restart() {
        resetRequested = false;
        selfTrap.forget();
        memory.clear();
        balloon.restart(instructions());
        codePages.reset();
        for (Hart hart : harts) {
            hart.reset();
        }
        turns.reset();
        time.restart();
        board.reset();
        PagingModel old = monitors[0].model();
        PagingModel fresh = model();
        for (Monitor monitor : monitors) {
            monitor.reset(fresh);
        }
        old.close();
        try {
            load();
        } catch (ImageException e) {
            throw new ReloadException(e);
        }
    }

    /// Gives everything that the machine has outside the Java heap back to the host at once: RAM, shadow tables, TLBs, decoded
    /// code. It must not be running, and cannot run any more; what was counted can still be had.
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        board.close();
        codePages.close();
        for (Monitor monitor : monitors) {
            monitor.hart().spaces().close();
            monitor.model().close();
        }
        memory.close();
    }

    /// Takes a snapshot, between runs. TLBs and shadow tables are empty afterwards: see [MachineSnapshot].
    ///
    /// @throws IllegalStateException one line, where the machine has what cannot be in one
    public MachineSnapshot snapshot() {
        MachineSnapshot taken = look();
        beginTranslations(taken.counts);
        return taken;
    }

    /// The same, with nothing emptied: to compare with, not to go on from.
    public MachineSnapshot look() {
        if (!config.peripherals().disks().isEmpty() || config.peripherals().network() != null
                || config.peripherals().share() != null) {
            throw new IllegalStateException("a machine with disks, a network or a share cannot be put into a snapshot");
        }
        var state = new StateWriter();
        transfer(state);
        var numbers = new ArrayList<Integer>();
        var contents = new ArrayList<byte[]>();
        memory.pages((content, page) -> {
            numbers.add(page);
            contents.add(content);
        });
        return new MachineSnapshot(config, boot, state.toByteArray(), numbers.stream().mapToInt(page -> page).toArray(),
                contents.toArray(byte[][]::new), monitors().stream().map(Monitor::statistics).toList(), measurement.copy(),
                instructions());
    }

    /// Goes on where a snapshot was taken: of this machine, or of one with the same board, harts and memory. Counts go on where
    /// the configuration is the same, else they begin at zero.
    ///
    /// @throws org.penumbra.snapshot.StateException when it is of another machine
    public void restore(MachineSnapshot snapshot) {
        memory.clear();
        for (int i = 0; i < snapshot.pages.length; i++) {
            memory.write(memory.base() + ((long) snapshot.pages[i] << GuestMemory.PAGE_SHIFT), snapshot.contents[i], 0,
                    snapshot.contents[i].length);
        }
        codePages.reset();
        transfer(new StateReader(snapshot.state));
        boolean same = config.model().equals(snapshot.config().model())
                && config.modelOptions().equals(snapshot.config().modelOptions())
                && config.tlbEntries() == snapshot.config().tlbEntries();
        measurement = same ? snapshot.measurement.copy() : new Measurement(System.nanoTime());
        beginTranslations(same ? snapshot.counts : monitors().stream().map(monitor -> new ExitStatistics()).toList());
    }

    private void transfer(State state) {
        state.part("penumbra");
        int count = state.number(harts.length);
        long size = state.number(memory.size());
        if (count != harts.length || size != memory.size()) {
            throw new StateException("it has " + count + " harts and " + (size >> 20) + " MiB of memory");
        }
        for (Hart hart : harts) {
            hart.transfer(state);
            long gpa = state.number(hart.reservation == Hart.NO_RESERVATION ? -1 : memory.guestAddress(hart.reservation));
            hart.reservation = gpa == -1 ? Hart.NO_RESERVATION : memory.hostAddress(gpa);
            hart.reservedValue = state.number(hart.reservedValue);
        }
        turns.transfer(state);
        time.transfer(state);
        pace.transfer(state);
        selfTrap.transfer(state, harts);
        board.transfer(state);
        if (firmware != null) {
            firmware.transfer(state);
        }
        resetRequested = state.flag(resetRequested);
        int end = state.number(outcome == null ? -1 : outcome.reason().ordinal());
        int status = state.number(outcome == null ? 0 : outcome.status());
        outcome = end == -1 ? null : new Outcome(Outcome.Reason.values()[end], status);
        state.part("end");
    }

    /// Begins with empty TLBs and tables.
    ///
    /// @param counted by each hart so far
    private void beginTranslations(List<ExitStatistics> counted) {
        balloon.restart(instructions());
        board.powerOn();
        PagingModel old = monitors[0].model();
        PagingModel fresh = model();
        for (int id = 0; id < monitors.length; id++) {
            monitors[id].continueWith(fresh, counted.get(id));
        }
        old.close();
    }

    public MachineConfig config() {
        return config;
    }

    public List<Hart> harts() {
        return List.of(harts);
    }

    /// Those of all harts, by hart id.
    public List<Monitor> monitors() {
        return List.of(monitors);
    }

    /// The first hart.
    public Hart hart() {
        return harts[0];
    }

    /// The first hart's monitor.
    public Monitor monitor() {
        return monitors[0];
    }

    /// The hart whose turn it is.
    public Hart running() {
        return turns.running();
    }

    public GuestMemory memory() {
        return memory;
    }

    /// The program, or the firmware where there is nothing else.
    public Image image() {
        return boot.image();
    }

    /// How the run ended, or null while it goes on.
    public Outcome outcome() {
        return outcome;
    }

    /// Instructions that all harts have retired.
    public long instructions() {
        return turns.instructions();
    }

    /// What has been counted on all harts.
    ///
    /// @param nanos of host time, to be put with it
    public Measurement.Point counts(long nanos) {
        var sum = new ExitStatistics();
        for (Monitor monitor : monitors) {
            sum.add(monitor.statistics());
        }
        return new Measurement.Point(instructions(), sum, nanos);
    }

    /// The part of the run that the guest marked.
    public Measurement measurement() {
        return measurement;
    }

    /// Says how the machine's thread is to wait; the default is parking it.
    public void restWith(Rest way) {
        pace.restWith(way);
    }

    /// Lets [#attend] end the run, without an outcome, as soon as so many more instructions have been retired.
    ///
    /// To be called before every run: one that ended in an exception left the machine to be attended to.
    /// @param instructions not negative; `Long.MAX_VALUE` for no end
    public void pauseAfter(long instructions) {
        stopRequested = false;
        long now = instructions();
        pauseAt = instructions > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + instructions;
        running().attention = true;
    }

    /// Types something on the console, between runs. A guest that waited for it for ever goes on.
    ///
    /// @return false, and nothing is typed, where what was typed before leaves no room
    public boolean type(byte[] bytes) {
        if (!board.console.type(bytes)) {
            return false;
        }
        if (outcome != null && outcome.reason() == Outcome.Reason.DEADLOCK) {
            outcome = null;
        }
        pace.lookSoon();
        return true;
    }

    /// Names the one who is told of events of all harts, or null: see [Monitor#observe].
    public void observe(MachineEvents listener, Watch accesses, Watch breakpoints) {
        events = listener;
        for (Monitor monitor : monitors) {
            monitor.observe(listener, accesses, breakpoints);
            if (firmware != null) {
                monitor.hart().answerSupervisorCalls(listener == null ? firmware : this::called);
            }
        }
    }

    private void called(Hart hart) {
        events.happened(EventKind.SBI, hart, 0, hart.registers[EXTENSION], hart.registers[FUNCTION]);
        firmware.call(hart);
    }

    /// Ends the run of now, without an outcome, soon: at the end of the present instruction where that is called by the
    /// machine's own thread, else when the engine stops next. On any thread; without effect while nothing runs.
    public void stop() {
        stopRequested = true;
        running().attention = true;
        pace.wake();
    }

    /// The console of this machine, for who types there beside the host's user, and to hear of what went wrong.
    public Console console() {
        return board.console;
    }

    /// Sees to what made the engine stop: takes a pending trap or interrupt, brings timers and the console up to date,
    /// gives the turn to another hart, waits where all of them wait.
    ///
    /// @return whether the run goes on, with the hart that is [#running] now, unless that wants attention again
    public boolean attend() {
        if (closed) {
            throw new IllegalStateException("the machine is closed");
        }
        Hart last = running();
        last.attention = false;
        if (last.trapPending()) {
            takeTrap(last);
        }
        while (true) {
            pace.updateTimers();
            pace.look();
            if (board.goOn()) {
                // No instruction before a device is done, so that every run is the same; but others get to the thread.
                last.attention = true;
                return true;
            }
            if (outcome != null) {
                break;
            }
            if (resetRequested) {
                restart();
            }
            if (instructions() >= config.maximumInstructions()) {
                outcome = new Outcome(Outcome.Reason.INSTRUCTION_LIMIT, 0);
                break;
            }
            if (stopRequested || instructions() >= pauseAt) {
                break;
            }
            balloon.advance(instructions(), monitors[running().id()]);
            Hart hart = turns.next();
            if (hart != null) {
                hart.attention = false;
                hart.waiting = false;
                hart.takeInterrupt();
                schedule();
                return true;
            }
            if (turns.allStuck()) {
                outcome = new Outcome(Outcome.Reason.TRAP_LOOP, 0);
                break;
            }
            if (!pace.rest()) {
                outcome = new Outcome(Outcome.Reason.DEADLOCK, 0);
                break;
            }
        }
        board.flush();
        return false;
    }

    /// Takes the pending trap. Under the host's clock time passes, so that an interrupt may still end a loop of them.
    private void takeTrap(Hart hart) {
        boolean timePasses = harts.length == 1 && hart.privilege != Hart.MACHINE && time.isHost();
        if (!selfTrap.take(hart, instructions())) {
            return;
        }
        if (!timePasses) {
            turns.giveUp();
        }
        // Where nothing can help it any more the run ends, and says why.
        if (selfTrap.isNews(hart, System.nanoTime())) {
            config.peripherals().complaints().accept("warning: hart " + hart.id() + " is stuck: " + SelfTrap.describe(hart));
        }
    }

    /// Why a run ended as [Outcome.Reason#TRAP_LOOP], and what to look at.
    public String trapLoop() {
        return SelfTrap.describe(Arrays.stream(harts).filter(hart -> !hart.stopped).findFirst().orElse(turns.running()));
    }

    private void schedule() {
        pace.schedule(Math.min(Math.min(config.maximumInstructions(), pauseAt), balloon.next()) - instructions());
    }

    @Override
    public long time() {
        return board.aclint.time();
    }

    @Override
    public void timerChanged() {
        running().attention = true;
    }

    @Override
    public void watchedStore(long gpa, int size) {
        board.stored(gpa, size);
    }

    @Override
    public void marked(long immediate) {
        measurement.mark(immediate, counts(System.nanoTime()));
        if (events != null) {
            events.happened(EventKind.MARK, running(), 0, immediate, 0);
        }
    }

    /// The machine as its devices see it.
    private final class Surroundings implements Board.Surroundings {
        @Override
        public void setLine(int hart, int bit, boolean level) {
            harts[hart].setLine(bit, level);
            if (level && harts[hart] != running()) {
                // It may be able to run now.
                running().attention = true;
            }
        }

        @Override
        public void timerChanged() {
            Machine.this.timerChanged();
        }

        @Override
        public void unfinished() {
            running().attention = true;
        }

        @Override
        public long ticks() {
            return time.ticks();
        }

        @Override
        public long instructions() {
            return Machine.this.instructions();
        }

        @Override
        public void consoleFailed() {
            stop();
        }

        @Override
        public void inputArrived() {
            if (pace != null) { // else the machine is not complete yet, and looks before it rests
                pace.wake();
            }
        }

        @Override
        public void powerOff(int status) {
            if (outcome == null) {
                outcome = new Outcome(Outcome.Reason.POWER_OFF, status);
            }
            running().attention = true;
        }

        @Override
        public void reset() {
            if (!config.peripherals().resetEnds()) {
                resetRequested = true;
            } else if (outcome == null) {
                outcome = new Outcome(Outcome.Reason.RESET, 0);
            }
            running().attention = true;
        }

        @Override
        public GuestMemoryAccess access() {
            return deviceMemory;
        }
    }
}
