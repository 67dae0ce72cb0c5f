// SPDX-License-Identifier: Apache-2.0
package org.penumbra.machine;

import java.io.Closeable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.penumbra.code.CodePage;
import org.penumbra.device.Console;
import org.penumbra.device.GuestMemoryAccess;
import org.penumbra.device.InputJournal;
import org.penumbra.device.board.BootRom;
import org.penumbra.device.board.VirtMap;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.exits.Measurement;
import org.penumbra.firmware.Firmware;
import org.penumbra.hart.Hart;
import org.penumbra.isa.Extension;
import org.penumbra.isa.InstructionSet;
import org.penumbra.machine.image.Boot;
import org.penumbra.machine.image.Image;
import org.penumbra.machine.image.ImageException;
import org.penumbra.machine.image.ReloadException;
import org.penumbra.memory.GuestMemory;
import org.penumbra.memory.HostMemory;
import org.penumbra.mmu.AddressSpaces;
import org.penumbra.mmu.PagingContext;
import org.penumbra.monitor.CodeHolders;
import org.penumbra.monitor.CodePages;
import org.penumbra.monitor.EventKind;
import org.penumbra.monitor.MachineEvents;
import org.penumbra.monitor.MachineLock;
import org.penumbra.monitor.Monitor;
import org.penumbra.monitor.Watch;
import org.penumbra.options.ModelName;
import org.penumbra.paging.ModelOptions;
import org.penumbra.paging.Models;
import org.penumbra.paging.PagingModel;
import org.penumbra.snapshot.State;
import org.penumbra.snapshot.StateException;
import org.penumbra.snapshot.StateReader;
import org.penumbra.snapshot.StateWriter;
import org.penumbra.timing.TimingModel;

/// The computer: RAM, the devices of its board, its harts with one monitor each, and time.
///
/// It does not execute instructions itself. An engine executes those of the [#running] hart and calls [#attend]
/// whenever the hart requests a yield or its instruction budget is used up.
public final class Machine implements Monitor.Platform, Closeable {
    private static final int SPACES = 16;
    /// Registers a7 and a6, which select the firmware (SBI) call.
    private static final int EXTENSION = 17;
    private static final int FUNCTION = 16;

    private MachineConfig config;
    private final GuestMemory memory;
    private final DeviceMemory deviceMemory;
    /// One for all harts, or one for each of those that run in parallel.
    private final CodePages[] codePages;
    private final Hart[] harts;
    private final Monitor[] monitors;
    /// Or null.
    private final TimingModel timing;
    /// When it follows the harts; null if it always does, or is null.
    private final Sampling sampling;
    private final Turns turns;
    /// Null if harts always take turns.
    private final Parallel parallel;
    /// The lock of harts that run in parallel, or null.
    private final MachineLock lock;
    private final GuestTime time;
    private final Board board;
    private final Pace pace;
    private Balloon balloon;
    private final Boot boot;
    /// Replaces machine mode if the program wants a firmware; else null.
    private final Firmware firmware;
    private long treeAddress;

    /// Instructions that each hart had retired when its counts began.
    private long[] countedFrom;
    private Measurement measurement = new Measurement(System.nanoTime());
    private long pauseAt = Long.MAX_VALUE;
    private Outcome outcome;
    /// Event listener, or null.
    private MachineEvents events;
    private final SelfTrap selfTrap;
    private boolean resetRequested;
    /// May be set by any thread.
    private volatile boolean stopRequested;
    /// The running hart's count when [#passTrap] last let it go on: one that retires nothing in between goes on in
    /// [#attend].
    private long passedAt = -1;
    /// Something has come up since the last [#attend] that only it does.
    private boolean attentionWanted;
    private boolean closed;

    /// How the machine's thread waits while the guest waits; it may return early.
    @FunctionalInterface
    public interface Rest {
        void await(long nanos);
    }

    /// Builds the machine and loads an image, which is booted according to its kind: see [Boot#of].
    ///
    /// @throws ImageException if the image does not fit
    /// @throws IllegalArgumentException with a one-line message, if the configured model does not exist
    public Machine(MachineConfig config, Image image) throws ImageException {
        this(config, Boot.of(image));
    }

    /// The same without a journal of the console's input.
    public Machine(MachineConfig config, Boot boot) throws ImageException {
        this(config, boot, InputJournal.NONE);
    }

    /// Builds the machine and loads its RAM.
    ///
    /// @param journal of the console's input, to record or to replay
    /// @throws ImageException when what is loaded does not fit
    /// @throws IllegalArgumentException one line, when the configuration names no model
    public Machine(MachineConfig config, Boot boot, InputJournal journal) throws ImageException {
        this(config, boot, journal, null);
    }

    /// Builds a machine that continues from another one's snapshot.
    ///
    /// @param config the other machine's, or one that differs only in model, model options or console
    /// @throws org.penumbra.snapshot.StateException when the snapshot is of another machine than `config` describes
    public static Machine of(MachineSnapshot snapshot, MachineConfig config) {
        return of(snapshot, config, InputJournal.NONE);
    }

    /// The same with a journal of the console's input.
    public static Machine of(MachineSnapshot snapshot, MachineConfig config, InputJournal journal) {
        try {
            return new Machine(config, snapshot.boot(), journal, snapshot);
        } catch (ImageException e) {
            throw new StateException(e.getMessage());
        }
    }

    private Machine(MachineConfig config, Boot boot, InputJournal journal, MachineSnapshot snapshot)
            throws ImageException {
        checkParallel(config);
        this.config = config;
        this.boot = boot;
        this.memory = new GuestMemory(VirtMap.RAM, config.memory(),
                Models.frames(config.model(), config.memory(), config.modelOptions()));
        this.deviceMemory = new DeviceMemory(memory, this::written);
        this.harts = new Hart[config.harts()];
        for (int id = 0; id < harts.length; id++) {
            harts[id] = new Hart(id, config.hart(), new AddressSpaces(config.tlbEntries(), SPACES,
                    config.hart().extensions().contains(Extension.RV_H)));
            if (harts.length > 1) {
                harts[id].setSmp();
            }
        }
        this.lock = config.parallel() ? new MachineLock(harts) : null;
        this.codePages = codePages();
        this.timing = config.timing() == null ? null : new TimingModel(config.timing(), harts);
        this.sampling = timing == null || config.timing().share() == 1 ? null
                : new Sampling(timing, config.timing().share(), () -> counts(0));
        this.countedFrom = new long[harts.length];
        this.turns = new Turns(harts);
        this.selfTrap = new SelfTrap(harts.length);
        this.time = new GuestTime(config.clock(), turns);
        var services = new MachineServices();
        this.board = new Board(config, journal, services);
        this.balloon = new Balloon(memory, config.modelOptions());
        this.pace = new Pace(harts, turns, time, board);
        this.monitors = new Monitor[harts.length];
        PagingModel model = model();
        for (int id = 0; id < harts.length; id++) {
            monitors[id] = new Monitor(harts[id], memory, codePages[id % codePages.length], board.bus, model, this,
                    timing == null ? null : timing.hart(id), lock);
        }
        this.parallel = lock == null ? null : new Parallel(this, lock, harts, time, pace, board);
        connectHtif();
        this.firmware = boot.supervised() ? new Firmware(monitors, memory, services, board.firmwareConsole())
                : null;
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
        for (CodePages pages : codePages) {
            pages.addRom(VirtMap.BOOT_ROM, rom.contents());
        }
        if (snapshot != null) {
            restoreOrClose(snapshot);
        }
    }

    private void restoreOrClose(MachineSnapshot snapshot) {
        try {
            restore(snapshot, exact(snapshot), Map.of());
        } catch (RuntimeException refused) {
            close();
            throw refused;
        }
    }

    private CodePages[] codePages() {
        var instructions = new InstructionSet(config.hart().extensions());
        if (lock == null) {
            return new CodePages[] {new CodePages(memory, instructions)};
        }
        var holders = new CodeHolders(lock, memory);
        var pages = new CodePages[harts.length];
        for (int id = 0; id < harts.length; id++) {
            harts[id].setParallel();
            pages[id] = new CodePages(memory, instructions, holders);
        }
        return pages;
    }

    private Map<CodePage, byte[]> codeContents() {
        Map<CodePage, byte[]> all = new HashMap<>();
        for (CodePages pages : codePages) {
            all.putAll(pages.contents());
        }
        return all;
    }

    private void keepUnchangedCode(Map<CodePage, byte[]> before) {
        for (CodePages pages : codePages) {
            pages.keepUnchanged(before);
        }
    }

    /// @throws IllegalArgumentException one line, if harts cannot run in parallel under the model
    private static void checkParallel(MachineConfig config) {
        boolean others = !config.model().equals(ModelName.NATIVE.toString());
        String against = !config.parallel() ? null
                : others && config.modelOptions().balloon() > 0
                        ? "pages that the host moves after numbers of instructions (--balloon)"
                : others && config.hart().extensions().contains(Extension.RV_H)
                        ? "the hypervisor extension under the model " + config.model() + ", only under native"
                : null;
        if (against != null) {
            throw new IllegalArgumentException("harts in parallel (--smp parallel) do not go with " + against);
        }
    }

    private PagingModel model() {
        PagingContext context = new PagingContext(memory);
        if (timing != null) {
            context = context.withSoftware(timing::software);
        }
        if (lock != null) {
            context = context.withStopOthers(lock::reachAll);
        }
        return Models.create(config.model(), context, config.modelOptions());
    }

    /// Makes a hart continue at another pc, whether it is waiting or not, even if its waiting or trapping has ended the
    /// run.
    public void setPc(Hart hart, long pc) {
        hart.pc = pc;
        hart.waiting = false;
        turns.goOn(hart);
        selfTrap.forget();
        if (outcome != null && (outcome.reason() == Outcome.Reason.DEADLOCK || outcome.reason()
                == Outcome.Reason.TRAP_LOOP)) {
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

    /// Loads the boot contents and a device tree into RAM, which is all zero, and starts the harts at the boot ROM;
    /// with a firmware, starts one of them at the kernel.
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

    /// Reads a device's register, with the effects that this has.
    ///
    /// @throws org.penumbra.device.BusFault if nothing answers
    public long readDevice(long gpa, int size) {
        return board.bus.read(gpa, size);
    }

    /// Writes a device's register.
    ///
    /// @throws org.penumbra.device.BusFault if nothing answers
    public void writeDevice(long gpa, int size, long value) {
        board.bus.write(gpa, size, value);
        interruptRunning();
    }

    /// Copies out of read-only memory.
    ///
    /// @return whether all of it is there
    public boolean readRom(long gpa, byte[] target, int offset, int length) {
        if (!(board.bus.find(gpa) instanceof BootRom rom) || gpa + length > VirtMap.BOOT_ROM + rom.size()) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            target[offset + i] = (byte) rom.read(gpa + i - VirtMap.BOOT_ROM, 1);
        }
        return true;
    }

    /// Power-cycles the machine: everything is as after it was built, including time and all counts.
    ///
    /// Output keeps its destination, input already read from the host is not read again, and disks keep what was
    /// written to them.
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
        countedFrom = new long[harts.length];
        for (Monitor monitor : monitors) {
            monitor.clearStatistics();
        }
        sampleAnew();
    }

    private void sampleAnew() {
        if (sampling != null) {
            sampling.restart(instructions());
        }
    }

    /// A reset by the guest: like [#powerOn], but the counts continue.
    private void restart() {
        resetRequested = false;
        selfTrap.forget();
        Map<CodePage, byte[]> code = codeContents();
        memory.clear();
        balloon.restart(instructions());
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
        } finally {
            keepUnchangedCode(code);
        }
    }

    /// Releases all memory outside the Java heap at once: RAM, shadow tables, TLBs, decoded code. The machine must not
    /// be running and cannot run afterwards; its counts can still be read.
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        board.close();
        for (CodePages pages : codePages) {
            pages.close();
        }
        for (Monitor monitor : monitors) {
            monitor.hart().spaces().close();
            monitor.model().close();
        }
        memory.close();
    }

    /// Takes a snapshot, between runs.
    ///
    /// @throws StateException one line, where the machine has what cannot be in one
    public MachineSnapshot snapshot() {
        return snapshot(null);
    }

    /// The same, sharing unchanged pages with an earlier one.
    ///
    /// @param earlier or null
    public MachineSnapshot snapshot(MachineSnapshot earlier) {
        var state = new StateWriter();
        transfer(state);
        var indices = new ArrayList<Integer>();
        var contents = new ArrayList<byte[]>();
        memory.pages(page -> earlier == null ? null : earlier.pages.array(page), (content, page) -> {
            indices.add(page);
            contents.add(content);
        });
        var pages = new SavedPages(indices.stream().mapToInt(page -> page).toArray(), contents.toArray(byte[][]::new));
        return new MachineSnapshot(config, boot, state.toByteArray(), pages,
                monitors().stream().map(Monitor::statistics).toList(), countedFrom.clone(), measurement.copy(),
                instructions(),
                translations());
    }

    private byte[] translations() {
        var state = new StateWriter();
        memory.frames().transfer(state);
        monitors[0].model().transfer(state, List.of(harts));
        for (Monitor monitor : monitors) {
            monitor.transferTranslations(state);
        }
        balloon.transfer(state);
        return state.toByteArray();
    }

    /// Restores a snapshot of this machine, or of one with the same board, harts and memory. With the same model, its
    /// options and TLB it continues exactly, counts included; otherwise translations are cold and counts start at zero.
    /// Decoded code of pages that are the same as before stays.
    ///
    /// @throws org.penumbra.snapshot.StateException if it belongs to another machine; then this one is as before
    public void restore(MachineSnapshot snapshot) {
        MachineConfig other = snapshot.config();
        checkSize(other.harts(), other.memory());
        MachineSnapshot before = other == config ? null : snapshot();
        try {
            replace(snapshot);
        } catch (StateException refused) {
            if (before != null) {
                replace(before);
            }
            throw refused;
        }
    }

    private void replace(MachineSnapshot snapshot) {
        StateReader exact = exact(snapshot);
        if (memory.frames().isFixed()) {
            replacePages(snapshot.pages);
            restore(snapshot, exact, null);
        } else {
            Map<CodePage, byte[]> code = codeContents();
            memory.clear();
            restore(snapshot, exact, code);
        }
    }

    /// What restores the translations of a snapshot exactly, or null if this machine cannot have them.
    private StateReader exact(MachineSnapshot snapshot) {
        MachineConfig other = snapshot.config();
        return snapshot.translations != null && config.model().equals(other.model())
                && config.modelOptions().equals(other.modelOptions()) && config.tlbEntries() == other.tlbEntries()
                ? new StateReader(snapshot.translations) : null;
    }

    /// @param exact as from [#exact]
    /// @param code  as from [CodePages#contents], before RAM was cleared; null if RAM is in place already
    private void restore(MachineSnapshot snapshot, StateReader exact, Map<CodePage, byte[]> code) {
        if (exact != null) {
            memory.frames().transfer(exact);
        }
        if (code != null) {
            for (int i = 0; i < snapshot.pages.count(); i++) {
                snapshot.pages.copy(i, memory.restored(snapshot.pages.index(i)));
            }
            keepUnchangedCode(code);
        }
        transfer(new StateReader(snapshot.state));
        if (exact == null) {
            beginCounting();
            return;
        }
        countedFrom = snapshot.countedFrom.clone();
        measurement = snapshot.measurement.copy();
        PagingModel old = monitors[0].model();
        PagingModel fresh = model();
        fresh.transfer(exact, List.of(harts));
        for (int id = 0; id < monitors.length; id++) {
            monitors[id].continueWith(fresh, snapshot.counts.get(id), exact);
        }
        balloon.transfer(exact);
        old.close();
        sampleAnew();
    }

    private long address(int page) {
        return memory.base() + ((long) page << GuestMemory.PAGE_SHIFT);
    }

    /// Writes the pages that differ, and drops their code.
    private void replacePages(SavedPages wanted) {
        memory.touched(page -> {
            if (wanted.find(page) < 0 && !HostMemory.isZero(memory.hostAddress(address(page)), GuestMemory.PAGE_SIZE)) {
                codePages[0].written(address(page), GuestMemory.PAGE_SIZE);
                HostMemory.fill(memory.hostAddress(address(page)), GuestMemory.PAGE_SIZE, (byte) 0);
            }
        });
        for (int i = 0; i < wanted.count(); i++) {
            long gpa = address(wanted.index(i));
            if (!wanted.isAt(i, memory.hostAddress(gpa))) {
                codePages[0].written(gpa, GuestMemory.PAGE_SIZE);
                wanted.copy(i, memory.hostAddress(gpa));
            }
        }
    }

    /// Continues under another translation model, between runs. Translation starts cold and counts start at zero, as in
    /// a fork under that model. Decoded code is dropped.
    ///
    /// @throws IllegalArgumentException one line, if there is no such model, or it does not go with harts in parallel
    public void switchModel(String name, ModelOptions options) {
        MachineConfig other = config.withModel(name).withModelOptions(options);
        checkParallel(other);
        Models.create(name, new PagingContext(memory), options).close(); // or it is refused here
        long[] reserved = new long[harts.length];
        for (int id = 0; id < harts.length; id++) {
            reserved[id] = harts[id].reservation == Hart.NO_RESERVATION ? -1
                    : memory.guestAddress(harts[id].reservation);
        }
        memory.moveTo(Models.frames(name, config.memory(), options));
        for (CodePages pages : codePages) {
            pages.reset();
        }
        for (int id = 0; id < harts.length; id++) {
            if (reserved[id] != -1) {
                harts[id].reservation = memory.hostAddress(reserved[id]);
            }
        }
        config = other;
        balloon = new Balloon(memory, options);
        beginCounting();
    }

    private void checkSize(int count, long size) {
        if (count != harts.length || size != memory.size()) {
            throw new StateException("it has " + count + " harts and " + (size >> 20) + " MiB of memory");
        }
    }

    private void transfer(State state) {
        state.part("penumbra");
        int count = state.number(harts.length);
        long size = state.number(memory.size());
        checkSize(count, size);
        for (Hart hart : harts) {
            hart.transfer(state);
            long gpa = state.number(hart.reservation == Hart.NO_RESERVATION ? -1
                    : memory.guestAddress(hart.reservation));
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

    /// Starts with empty TLBs and tables and counts of zero.
    private void beginCounting() {
        measurement = new Measurement(System.nanoTime());
        countedFrom = Arrays.stream(harts).mapToLong(Hart::instret).toArray();
        balloon.restart(instructions());
        PagingModel old = monitors[0].model();
        PagingModel fresh = model();
        for (int id = 0; id < monitors.length; id++) {
            monitors[id].continueWith(fresh, new ExitStatistics());
        }
        old.close();
        sampleAnew();
    }

    public MachineConfig config() {
        return config;
    }

    public List<Hart> harts() {
        return List.of(harts);
    }

    /// The monitors of all harts, by hart id.
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

    /// The hart whose turn it is, or while harts run in parallel, the one whose thread has the machine's lock.
    public Hart running() {
        return parallel != null && parallel.runs() ? parallel.running() : turns.running();
    }

    public GuestMemory memory() {
        return memory;
    }

    /// The program, or if there is none, the firmware.
    public Image image() {
        return boot.image();
    }

    /// How the run ended, or null if it has not.
    public Outcome outcome() {
        return outcome;
    }

    /// Instructions retired by all harts.
    public long instructions() {
        return turns.instructions();
    }

    /// Instructions that a hart has retired since its counts began, with power-on or under the current model.
    public long counted(Hart hart) {
        return hart.instret() - countedFrom[hart.id()];
    }

    /// Whether the counts include those of a snapshot.
    public boolean countsOn(MachineSnapshot snapshot) {
        return Arrays.equals(countedFrom, snapshot.countedFrom);
    }

    /// The counts of all harts.
    ///
    /// @param nanos host time to include
    public Measurement.Point counts(long nanos) {
        var sum = new ExitStatistics();
        for (Monitor monitor : monitors) {
            sum.add(monitor.statistics());
        }
        return new Measurement.Point(instructions() - Arrays.stream(countedFrom).sum(), sum, nanos,
                timing == null ? null : timing.cycles(), sampling == null ? null : sampling.samples());
    }

    /// The parts of the run that the guest marked.
    public Measurement measurement() {
        return measurement;
    }

    /// Sets how the machine's thread waits; by default it parks.
    public void restWith(Rest way) {
        pace.restWith(way);
    }

    /// Makes [#attend] end the run, without an outcome, once this many more instructions have been retired.
    ///
    /// Must be called before every run, because a run that ended in an exception leaves a yield request behind.
    /// @param instructions not negative; `Long.MAX_VALUE` for no end
    public void pauseAfter(long instructions) {
        stopRequested = false;
        long now = instructions();
        pauseAt = instructions > Long.MAX_VALUE - now ? Long.MAX_VALUE : now + instructions;
        interruptRunning();
    }

    /// Types something on the console, between runs. A guest whose run ended waiting for it continues.
    ///
    /// @return false, having typed nothing, if pending input leaves no room
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

    /// Sets the listener for events of all harts, or null: see [Monitor#observe].
    public void observe(MachineEvents listener, Watch accesses, Watch breakpoints) {
        if (closed) {
            return; // there are no TLBs any more
        }
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

    /// Ends the current run soon, without an outcome: after the current instruction if called by the machine's own
    /// thread, else when the engine next stops. May be called on any thread; no effect while nothing runs.
    public void stop() {
        stopRequested = true;
        if (parallel != null && parallel.runs()) {
            parallel.callAll();
            return;
        }
        running().yieldRequested = true;
        pace.wake();
    }

    /// Whether [#stop] was called since the last [#pauseAfter].
    public boolean stopRequested() {
        return stopRequested;
    }

    /// The console of this machine, for typing on it besides the host's user, and for errors of its streams.
    public Console console() {
        return board.console;
    }

    /// Lets the running hart go on if it yields for something that it does by itself: a trap to take, or code to be
    /// fetched anew after a return, a fence or another root. [#attend] does the rest. All of these are frequent, and
    /// nothing that [#attend] looks at is due before the hart's budget ends.
    ///
    /// @return whether the hart goes on within its budget
    public boolean passTrap() {
        Hart hart = running();
        if (attentionWanted || hart.remaining <= 0 || hart.instret() == passedAt || hart.waiting || hart.paused
                || hart.needsFirmware()) {
            return false;
        }
        passedAt = hart.instret();
        boolean stuck = hart.trapPending() && takeTrap(hart);
        // Taking the trap has requested a yield, too. The engine looks anew where the hart is.
        hart.yieldRequested = false;
        if (stuck || attentionWanted || stopRequested || hart.interruptPending()) {
            hart.yieldRequested = true;
        }
        return !hart.yieldRequested;
    }

    /// Instructions until it may be another hart's turn: at least 1, at most a turn.
    public long turnLeft() {
        return Math.min(turns.left(), Turns.LENGTH);
    }

    /// Ends the running hart's turn, so that the run goes on with another hart, if one can run.
    public void endTurn() {
        turns.end();
    }

    /// Whether anybody follows what the guest does, for which harts have to take turns.
    public boolean isObserved() {
        return events != null;
    }

    /// How harts run in parallel; null if they always take turns.
    public Parallel parallel() {
        return parallel;
    }

    /// Whether the harts that ran in parallel have ended their runs only for a reset, which this carries out.
    public boolean resumesAfterReset() {
        if (outcome != null || stopRequested || !resetRequested) {
            return false;
        }
        restart();
        return true;
    }

    /// Whether a run ends: it has an outcome, or something is to be done while no hart runs.
    boolean isEnding() {
        return outcome != null || stopRequested || resetRequested;
    }

    void end(Outcome reason) {
        if (outcome == null) {
            outcome = reason;
        }
    }

    /// Handles what made the engine stop: takes a pending trap or interrupt, updates timers and the console, switches
    /// to another hart, waits if all harts wait.
    ///
    /// @return whether the run continues, with the hart that is now [#running] (which may request a yield again)
    public boolean attend() {
        if (closed) {
            throw new IllegalStateException("the machine is closed");
        }
        Hart last = running();
        last.yieldRequested = false;
        attentionWanted = false;
        if (last.trapPending()) {
            takeTrap(last);
        }
        while (true) {
            pace.updateTimers();
            pace.look();
            if (board.goOn()) {
                // No instruction runs until the device is done, so that runs are reproducible; but others get to use
                // the thread.
                interruptRunning();
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
            if (sampling != null) {
                sampling.advance(instructions());
            }
            Hart hart = turns.next();
            if (hart != null) {
                hart.yieldRequested = false;
                attentionWanted = false;
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

    /// Takes the pending trap. Under the host's clock time passes, so an interrupt may still end a loop of traps.
    /// @return whether it trapped again at the same place, and may do so forever
    private boolean takeTrap(Hart hart) {
        boolean timePasses = harts.length == 1 && hart.privilege != Hart.MACHINE && time.isHost();
        if (!selfTrap.take(hart, instructions())) {
            return false;
        }
        if (!timePasses) {
            turns.giveUp();
        }
        tellIfStuck(selfTrap, hart);
        return true;
    }

    /// If nothing can end the loop any more, the run ends with an explanation; else the user is told once.
    void tellIfStuck(SelfTrap found, Hart hart) {
        if (found.isNews(hart, System.nanoTime())) {
            config.peripherals().complaints().accept("warning: hart " + hart.id() + " is stuck: "
                    + SelfTrap.describe(hart));
        }
    }

    /// Why a run ended as [Outcome.Reason#TRAP_LOOP], and what to look at.
    public String trapLoop() {
        return SelfTrap.describe(Arrays.stream(harts).filter(hart -> !hart.stopped).findFirst()
                .orElse(turns.running()));
    }

    private void schedule() {
        long next = Math.min(balloon.next(), sampling == null ? Long.MAX_VALUE : sampling.next());
        pace.schedule(Math.min(Math.min(config.maximumInstructions(), pauseAt), next) - instructions());
    }

    @Override
    public long time() {
        return board.aclint.time();
    }

    @Override
    public void timerChanged() {
        interruptRunning();
    }

    /// Something has come up that [#attend] does.
    private void interruptRunning() {
        attentionWanted = true;
        running().yieldRequested = true;
        if (parallel != null && parallel.runs()) {
            parallel.callHolder();
        }
    }

    @Override
    public void watchedStore(long gpa, int size) {
        board.stored(gpa, size);
    }

    @Override
    public void marked(long immediate) {
        if (sampling != null) {
            sampling.marked(immediate, instructions());
            interruptRunning();
        }
        measurement.mark(immediate, counts(System.nanoTime()));
        if (events != null) {
            events.happened(EventKind.MARK, running(), 0, immediate, 0);
        }
    }

    /// The machine as its devices see it.
    private final class MachineServices implements Board.Services {
        @Override
        public void setLine(int hart, int bit, boolean level) {
            if (parallel != null && parallel.runs()) {
                parallel.setLine(harts[hart], bit, level);
                return;
            }
            harts[hart].setLine(bit, level);
            if (level && harts[hart] != running()) {
                // The hart may be able to run now.
                interruptRunning();
            }
        }

        @Override
        public void timerChanged() {
            Machine.this.timerChanged();
            if (parallel != null && parallel.runs()) {
                parallel.callAll(); // it may be the timer of any of them
            }
        }

        @Override
        public void unfinished() {
            interruptRunning();
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
            if (parallel != null && parallel.runs()) {
                parallel.lookSoon();
            } else if (pace != null) { // else the machine is still being built, and checks before it first waits
                pace.wake();
            }
        }

        @Override
        public void powerOff(int status) {
            if (outcome == null) {
                outcome = new Outcome(Outcome.Reason.POWER_OFF, status);
            }
            interruptRunning();
        }

        @Override
        public void reset() {
            if (!config.peripherals().resetEnds()) {
                resetRequested = true;
            } else if (outcome == null) {
                outcome = new Outcome(Outcome.Reason.RESET, 0);
            }
            interruptRunning();
        }

        @Override
        public GuestMemoryAccess access() {
            return deviceMemory;
        }
    }
}
