// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import org.penumbra.hart.csr.CsrFile;
import org.penumbra.hart.csr.EnvironmentCsr;
import org.penumbra.hart.csr.SatpCsr;
import org.penumbra.hart.csr.StatusCsr;
import org.penumbra.hart.csr.StimecmpCsr;
import org.penumbra.isa.Instruction;
import org.penumbra.isa.fp.FloatStatus;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.AddressSpaces;
import org.penumbra.mmu.FetchTlb;
import org.penumbra.mmu.TranslationContext;
import org.penumbra.snapshot.State;

/// Architectural state of one hart.
///
/// While guest code runs the engine may hold registers, pc and the instruction count elsewhere; they are here
/// whenever the monitor is entered, pc being that of the instruction which entered it. Whatever executes an
/// instruction here (CSR accesses too) finds [#remaining] as it was before that instruction.
public final class Hart implements TranslationContext {
    public static final int USER = 0;
    public static final int SUPERVISOR = 1;
    public static final int MACHINE = 3;

    /// Index of f0 in [#registers].
    public static final int FLOATS = Instruction.FLOATS;
    /// Index in [#registers] that writes to x0 are decoded to.
    public static final int SINK = Instruction.SINK;

    /// Value of [#floatState] under which floating-point instructions are illegal.
    public static final int FLOAT_OFF = 0;
    /// Value of [#floatState] under which they have nothing left to mark.
    public static final int FLOAT_DIRTY = 3;
    /// Value of [#reservation] that no address equals.
    public static final long NO_RESERVATION = 0;

    private final int id;
    private final HartConfig config;
    private final AddressSpaces spaces;

    /// x0–x31, f0–f31 and the sink.
    public final long[] registers = new long[SINK + 1];
    public long pc;
    /// Current privilege: [#USER], [#SUPERVISOR] or [#MACHINE].
    public int privilege = MACHINE;

    /// mstatus.FS: off, initial, clean, dirty.
    public int floatState;
    /// fflags and frm.
    public final FloatStatus floatStatus = new FloatStatus();

    /// Instructions left until the count reaches [#deadline], where the machine wants to be asked.
    public long remaining;
    /// Retired-instruction count at which the machine wants to be asked.
    public long deadline;
    /// Set by whatever makes compiled code and the interpreter leave after the current instruction: an interrupt that
    /// may be pending, dropped code, a changed fetch translation, power-off.
    public boolean attention;

    /// Host address reserved by `lr`, or [#NO_RESERVATION], and the value seen there.
    public long reservation = NO_RESERVATION;
    public long reservedValue;
    /// Whether `wfi` was executed and nothing has woken the hart yet.
    public boolean waiting;
    /// Whether the hart is switched off until another starts it.
    public boolean stopped;
    /// Whether `pause` was executed: other harts may run first.
    public boolean paused;

    /// Host address of the active [org.penumbra.mmu.ShadowTlb] for loads and stores.
    public long dataTlb;
    /// Active fetch TLB.
    public FetchTlb fetchTlb;

    public final Pmp pmp = new Pmp();
    public final Interrupts interrupts = new Interrupts(this);
    public final StatusCsr status;
    public final CsrFile csrs;

    private final SatpCsr satp;
    private final EnvironmentCsr machineEnvironment;
    private final EnvironmentCsr supervisorEnvironment;
    private final StimecmpCsr stimecmp;
    private HartEvents events = UnconnectedHart.INSTANCE;
    private TrapObserver observer;
    private SupervisorCalls supervisorCalls;
    private int context;
    private boolean alone = true;
    private boolean trapPending;
    private int pendingCause;
    private long pendingValue;

    public Hart(int id, HartConfig config, AddressSpaces spaces) {
        this.id = id;
        this.config = config;
        this.spaces = spaces;
        this.status = new StatusCsr(this);
        this.satp = new SatpCsr(this);
        this.machineEnvironment = EnvironmentCsr.machine(this);
        this.supervisorEnvironment = EnvironmentCsr.supervisor(this);
        this.stimecmp = new StimecmpCsr(this);
        this.csrs = new CsrFile(this, satp, machineEnvironment, supervisorEnvironment, stimecmp);
        reset();
    }

    /// Names the one who is told of events.
    public void connect(HartEvents listener) {
        if (events != UnconnectedHart.INSTANCE) {
            throw new IllegalStateException("hart " + id + " is connected already");
        }
        events = listener;
    }

    /// Says that other harts take turns with this one.
    public void takeTurns() {
        alone = false;
    }

    /// Whether there is no other hart.
    public boolean isAlone() {
        return alone;
    }

    /// Names the one who is told of every trap, or null.
    public void observe(TrapObserver trapObserver) {
        observer = trapObserver;
    }

    /// Names the one who answers `ecall` from supervisor mode, or null: then machine mode does, as the architecture says.
    public void answerSupervisorCalls(SupervisorCalls calls) {
        supervisorCalls = calls;
    }

    /// Back to the state after power-on: machine mode, everything off; the levels of interrupt lines and the
    /// instruction count stay, and pc is the machine's to set. No events are sent: the machine resets the monitor as well.
    public void reset() {
        java.util.Arrays.fill(registers, 0);
        privilege = MACHINE;
        floatState = FLOAT_OFF;
        csrs.reset();
        pmp.reset();
        interrupts.reset();
        reservation = NO_RESERVATION;
        waiting = false;
        stopped = false;
        paused = false;
        trapPending = false;
        context = context();
    }

    public int id() {
        return id;
    }

    public HartConfig config() {
        return config;
    }

    public AddressSpaces spaces() {
        return spaces;
    }

    public HartEvents events() {
        return events;
    }

    /// Instructions retired since reset.
    public long instret() {
        return deadline - remaining;
    }

    public long satp() {
        return satp.read();
    }

    /// Privilege that explicit memory accesses are done at: [#privilege], or MPP under MPRV.
    public int dataPrivilege() {
        return status.modifiesPrivilege() ? status.machinePrevious() : privilege;
    }

    /// Whether accesses at a privilege go through page tables.
    public boolean translates(int accessPrivilege) {
        return accessPrivilege != MACHINE && satp.read() >>> 60 != 0;
    }

    @Override
    public boolean sum() {
        return status.sum();
    }

    @Override
    public boolean mxr() {
        return status.mxr();
    }

    @Override
    public boolean updatesAccessedDirty() {
        return machineEnvironment.updatesAccessedDirty();
    }

    @Override
    public boolean pageMemoryTypes() {
        return machineEnvironment.pageMemoryTypes();
    }

    @Override
    public boolean allowsTable(long gpa, boolean update) {
        return pmp.allows(gpa, 8, update ? AccessType.STORE : AccessType.LOAD, SUPERVISOR);
    }

    /// To be called after a change of privilege or mstatus: tells the monitor and looks at interrupts again.
    public void contextChanged() {
        int now = context();
        if (now != context) {
            context = now;
            events.contextChanged();
        }
        interruptsChanged();
    }

    /// Everything that chooses the active TLBs. SUM counts for supervisor accesses only, MXR not for machine ones.
    private int context() {
        int data = dataPrivilege();
        return privilege | data << 2
                | (data == SUPERVISOR && sum() ? 16 : 0)
                | (data != MACHINE && mxr() ? 32 : 0);
    }

    /// Executes `sfence.vma` or `sinval.vma`.
    public void supervisorFence(long gva, boolean hasGva, long asid, boolean hasAsid, int bits) {
        if (privilege == USER || privilege == SUPERVISOR && status.trapsVirtualMemory()) {
            throw TrapCause.illegal(bits);
        }
        events.fenced(gva, hasGva, (int) asid & config.asidMask(), hasAsid);
    }

    /// Executes `sfence.w.inval` or `sfence.inval.ir`, which have nothing to order here.
    public void supervisorFenceOrdering(int bits) {
        if (privilege == USER) {
            throw TrapCause.illegal(bits);
        }
    }

    /// @throws GuestTrap when the cache-block instruction `bits` is switched off at the present privilege
    public void checkCacheBlock(CacheBlockOp op, int bits) {
        if (privilege != MACHINE && !machineEnvironment.enables(op)
                || privilege == USER && !supervisorEnvironment.enables(op)) {
            throw TrapCause.illegal(bits);
        }
    }

    public boolean floatEnabled() {
        return floatState != FLOAT_OFF;
    }

    public boolean floatDirty() {
        return floatState == FLOAT_DIRTY;
    }

    public void dirtyFloat() {
        floatState = FLOAT_DIRTY;
    }

    /// For `lr`, which read `value` at a host address.
    public void reserve(long address, long value) {
        reservation = address;
        reservedValue = value;
    }

    /// For `sc`, which gives the reservation up, to an address that holds `value` now.
    ///
    /// @return whether it may store: the address is the one reserved, and holds what it did
    public boolean release(long address, long value) {
        boolean held = reservation == address && reservedValue == value;
        reservation = NO_RESERVATION;
        return held;
    }

    /// Leaves a synchronous exception at [#pc] to be taken as soon as the engine has written its state back.
    public void raise(GuestTrap trap) {
        raise(trap.cause(), trap.tval());
    }

    /// As [#raise(GuestTrap)].
    public void raise(int cause, long tval) {
        trapPending = true;
        pendingCause = cause;
        pendingValue = tval;
        attention = true;
    }

    public boolean trapPending() {
        return trapPending;
    }

    /// Takes the exception left by [#raise].
    public void takePendingTrap() {
        trapPending = false;
        takeTrap(pendingCause, pendingValue);
    }

    /// Takes a synchronous exception at [#pc].
    public void takeTrap(int cause, long tval) {
        if (supervisorCalls != null && cause == TrapCause.ENVIRONMENT_CALL + SUPERVISOR) {
            supervisorCalls.call(this);
            return;
        }
        boolean delegated = privilege <= SUPERVISOR && csrs.exceptionDelegated(cause);
        enter(delegated, false, cause, tval);
    }

    /// Takes the pending interrupt of highest priority, if one is enabled at the present privilege, before the
    /// instruction at [#pc].
    public boolean takeInterrupt() {
        int set = interrupts.takeable();
        if (set == 0) {
            return false;
        }
        int cause = Interrupts.first(set);
        enter((interrupts.delegated() & 1 << cause) != 0, true, cause, 0);
        return true;
    }

    private void enter(boolean supervisor, boolean interrupt, int cause, long tval) {
        if (observer != null) {
            observer.trapTaken(interrupt, cause, tval);
        }
        int from = privilege;
        pc = (supervisor ? csrs.supervisorTrap : csrs.machineTrap).enter(pc, interrupt, cause, tval);
        if (supervisor) {
            status.enterSupervisor(from);
            privilege = SUPERVISOR;
        } else {
            status.enterMachine(from);
            privilege = MACHINE;
        }
        contextChanged();
    }

    /// Executes `mret`, whose instruction is `bits`.
    public void machineReturn(int bits) {
        if (privilege != MACHINE) {
            throw TrapCause.illegal(bits);
        }
        pc = csrs.machineTrap.returnAddress();
        privilege = status.leaveMachine();
        contextChanged();
    }

    /// Executes `sret`, whose instruction is `bits`.
    public void supervisorReturn(int bits) {
        if (privilege == USER || privilege == SUPERVISOR && status.trapsSupervisorReturn()) {
            throw TrapCause.illegal(bits);
        }
        pc = csrs.supervisorTrap.returnAddress();
        privilege = status.leaveSupervisor();
        contextChanged();
    }

    /// Sets the level of a device's line: MSIP (3), MTIP (7), external SEIP (9) or MEIP (11).
    public void setLine(int bit, boolean level) {
        interrupts.setLine(bit, level);
    }

    /// Whether [#takeInterrupt] would take one.
    public boolean interruptPending() {
        return interrupts.takeable() != 0;
    }

    /// To be called after a change of anything that interrupts depend on.
    void interruptsChanged() {
        if (interrupts.takeable() != 0) {
            attention = true;
        }
    }

    /// Looks whether time has reached stimecmp.
    public void updateTimer() {
        boolean inCharge = machineEnvironment.supervisorTimer();
        interrupts.setTimer(inCharge, inCharge && stimecmp.reached(events.time()));
    }

    /// Value of mtime at which [#updateTimer] should be called; `Long.MAX_VALUE` while nothing is to be expected:
    /// stimecmp off, beyond that, or known to be reached.
    public long stimecmpDeadline() {
        if (!machineEnvironment.supervisorTimer() || interrupts.timerExpired()) {
            return Long.MAX_VALUE;
        }
        long value = stimecmp.read();
        return value < 0 ? Long.MAX_VALUE : value;
    }

    /// Executes `pause`, by which a hart that spins lets others run.
    public void pause() {
        if (!alone) {
            paused = true;
            attention = true;
        }
    }

    /// Whether `wfi` is an illegal instruction: always in user mode, in supervisor mode under TW.
    public boolean wfiIllegal() {
        return privilege == USER || privilege == SUPERVISOR && status.trapsWait();
    }

    /// Whether a hart that waits for interrupts goes on.
    public boolean wakeupPending() {
        return (interrupts.pending() & interrupts.enabled()) != 0;
    }

    /// Hands the whole state to a snapshot, or takes it from one, the reservation apart; no events are sent. Afterwards the count
    /// has reached its deadline.
    public void transfer(State state) {
        state.numbers(registers);
        pc = state.number(pc);
        privilege = state.number(privilege);
        floatState = state.number(floatState);
        floatStatus.flags = state.number(floatStatus.flags);
        floatStatus.roundingMode = state.number(floatStatus.roundingMode);
        long retired = state.number(instret());
        deadline = retired + remaining;
        waiting = state.flag(waiting);
        stopped = state.flag(stopped);
        paused = state.flag(paused);
        trapPending = state.flag(trapPending);
        pendingCause = state.number(pendingCause);
        pendingValue = state.number(pendingValue);
        pmp.transfer(state);
        interrupts.transfer(state);
        csrs.transfer(state);
        context = context();
    }
}
