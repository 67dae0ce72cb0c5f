// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart;

import java.util.Set;
import org.penumbra.hart.csr.CsrFile;
import org.penumbra.hart.csr.EnvironmentCsr;
import org.penumbra.hart.csr.Hypervisor;
import org.penumbra.hart.csr.SatpCsr;
import org.penumbra.hart.csr.StatusCsr;
import org.penumbra.hart.csr.StimecmpCsr;
import org.penumbra.isa.Extension;
import org.penumbra.isa.Instruction;
import org.penumbra.isa.fp.FloatStatus;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.AddressSpaces;
import org.penumbra.mmu.FenceScope;
import org.penumbra.mmu.FetchTlb;
import org.penumbra.mmu.TranslationContext;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.snapshot.State;

/// Architectural state of one hart.
///
/// While guest code runs, the engine may hold registers, pc and the instruction count elsewhere. It writes them back
/// before entering the monitor, with pc pointing to the instruction that enters it. Code that executes an instruction
/// on this object (including CSR accesses) sees [#remaining] as it was before that instruction.
public final class Hart implements TranslationContext {
    public static final int USER = 0;
    public static final int SUPERVISOR = 1;
    public static final int MACHINE = 3;

    /// Index of f0 in [#registers].
    public static final int FLOATS = Instruction.FLOATS;
    /// Index in [#registers] to which the decoder redirects writes to x0.
    public static final int SINK = Instruction.SINK;

    /// Value of [#floatState] under which floating-point instructions are illegal.
    public static final int FLOAT_OFF = 0;
    /// Value of [#floatState] under which they need not mark the state dirty.
    public static final int FLOAT_DIRTY = 3;
    /// Value of [#reservation] that equals no address.
    public static final long NO_RESERVATION = 0;

    /// In [#context()], [#virtual].
    private static final int VIRTUAL = 64;

    private final int id;
    private final HartConfig config;
    private final Set<Extension> extensions;
    private final AddressSpaces spaces;

    /// x0–x31, f0–f31 and the sink.
    public final long[] registers = new long[SINK + 1];
    public long pc;
    /// Current privilege: [#USER], [#SUPERVISOR] or [#MACHINE].
    public int privilege = MACHINE;
    /// The virtualization mode V of the hypervisor extension: whether a guest of a hypervisor runs, in VS mode if
    /// [#privilege] is [#SUPERVISOR], in VU mode if it is [#USER].
    public boolean virtual;

    /// mstatus.FS: off, initial, clean, dirty.
    public int floatState;
    /// fflags and frm.
    public final FloatStatus floatStatus = new FloatStatus();

    /// Instruction budget: instructions left until the count reaches [#deadline].
    public long remaining;
    /// Retired-instruction count at which control has to return to the machine.
    public long deadline;
    /// Yield request: makes compiled code and the interpreter return after the current instruction. Set for an
    /// interrupt that may be pending, dropped code, a changed fetch translation or power-off.
    public boolean yieldRequested;

    /// Host address reserved by `lr`, or [#NO_RESERVATION], and the value read there.
    public long reservation = NO_RESERVATION;
    public long reservedValue;
    /// Whether the hart executed `wfi` and has not been woken yet.
    public boolean waiting;
    /// Whether the hart is stopped until another hart starts it.
    public boolean stopped;
    /// Whether `pause` was executed: other harts may run first.
    public boolean paused;

    /// Host address of the active [org.penumbra.mmu.ShadowTlb] for loads and stores.
    public long dataTlb;
    /// Active fetch TLB.
    public FetchTlb fetchTlb;

    public final Pmp pmp = new Pmp();
    public final Interrupts interrupts = new Interrupts(this);
    public final PerformanceMonitor performance = new PerformanceMonitor(this);
    public final StatusCsr status;
    /// The hypervisor extension; null without it.
    public final Hypervisor hypervisor;
    public final CsrFile csrs;

    private final SatpCsr satp;
    private final EnvironmentCsr machineEnvironment;
    private final EnvironmentCsr supervisorEnvironment;
    private final StimecmpCsr stimecmp;
    private HartEvents events = UnconnectedHart.INSTANCE;
    private TrapObserver observer;
    private SupervisorCalls supervisorCalls;
    private boolean timerOfFirmware;
    private int context;
    private boolean alone = true;
    private boolean parallel;
    private boolean trapPending;
    private int pendingCause;
    private long pendingValue;
    private long pendingGuestPhysical;
    private int pendingInstruction;
    /// Whether explicit accesses were those of a guest when the pending trap was raised.
    private boolean pendingForGuest;

    public Hart(int id, HartConfig config, AddressSpaces spaces) {
        this.id = id;
        this.config = config;
        this.extensions = config.extensions();
        this.spaces = spaces;
        this.status = new StatusCsr(this);
        this.satp = new SatpCsr(this);
        this.machineEnvironment = EnvironmentCsr.machine(this);
        this.supervisorEnvironment = EnvironmentCsr.supervisor(this);
        this.stimecmp = new StimecmpCsr(this);
        this.hypervisor = has(Extension.RV_H)
                ? new Hypervisor(this, machineEnvironment, supervisorEnvironment) : null;
        this.csrs = new CsrFile(this, satp, machineEnvironment, supervisorEnvironment, stimecmp);
        reset();
    }

    /// Sets the receiver of events.
    public void connect(HartEvents listener) {
        if (events != UnconnectedHart.INSTANCE) {
            throw new IllegalStateException("hart " + id + " is connected already");
        }
        events = listener;
    }

    /// Records that the machine has other harts, too.
    public void setSmp() {
        alone = false;
    }

    /// Records that other harts may run at the same time; before anything is executed or built.
    public void setParallel() {
        parallel = true;
    }

    /// Whether other harts may run at the same time, so that its accesses to memory have to be ordered and atomic in
    /// the host, too. It never changes.
    public boolean isParallel() {
        return parallel;
    }

    /// Whether this is the only hart.
    public boolean isAlone() {
        return alone;
    }

    /// Sets the observer of every trap; null removes it.
    public void observe(TrapObserver trapObserver) {
        observer = trapObserver;
    }

    /// Sets the handler of `ecall` from supervisor mode; with null, it traps to machine mode as the architecture says.
    public void answerSupervisorCalls(SupervisorCalls calls) {
        supervisorCalls = calls;
    }

    /// Returns to the state after power-on: machine mode, everything off. Interrupt line levels and the instruction
    /// count stay, and the machine sets pc. No events are sent, because the machine also resets the monitor.
    public void reset() {
        java.util.Arrays.fill(registers, 0);
        privilege = MACHINE;
        virtual = false;
        floatState = FLOAT_OFF;
        csrs.reset();
        pmp.reset();
        interrupts.reset();
        performance.reset();
        timerOfFirmware = false;
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

    public boolean has(Extension extension) {
        return extensions.contains(extension);
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

    /// Effective privilege of explicit memory accesses: [#privilege], MPP under MPRV, or hstatus.SPVP for `hlv`, `hlvx`
    /// and `hsv`.
    public int dataPrivilege() {
        if (hypervisor != null && hypervisor.isAccessing()) {
            return hypervisor.accessPrivilege();
        }
        return status.modifiesPrivilege() ? status.machinePrevious() : privilege;
    }

    /// Whether explicit memory accesses are those of a hypervisor's guest: V, MPV under MPRV, or `hlv`, `hlvx` and
    /// `hsv`.
    public boolean dataVirtual() {
        if (hypervisor == null) {
            return false;
        }
        return hypervisor.isAccessing() || (status.modifiesPrivilege()
                ? status.machinePreviousVirtual() && status.machinePrevious() != MACHINE : virtual);
    }

    /// Whether accesses at a privilege, and not of a hypervisor's guest, are translated by page tables.
    public boolean translates(int accessPrivilege) {
        return accessPrivilege != MACHINE && !TranslationMode.isBare(satp.read());
    }

    /// The address that an explicit access to memory goes to where an instruction computes `gva`: pointer masking
    /// ("Pointer Masking Extensions", version 1.0) ignores its highest bits. A TLB never holds an address with such
    /// bits, so that only those accesses that miss it have to ask.
    public long accessed(long gva) {
        int data = dataPrivilege();
        boolean guest = dataVirtual();
        int ignored = data == MACHINE ? 0 : guest ? hypervisor.ignoredBits(data)
                : (data == SUPERVISOR ? machineEnvironment : supervisorEnvironment).ignoredBits();
        if (ignored == 0 || mxr()) {
            return gva;
        }
        boolean paged = guest ? !TranslationMode.isBare(hypervisor.guestRoot()) : translates(data);
        return paged ? gva << ignored >> ignored : gva << ignored >>> ignored;
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
    public boolean largeLeaves() {
        return has(Extension.SVNAPOT);
    }

    @Override
    public boolean allowsTable(long gpa, boolean update) {
        return pmp.allows(gpa, 8, update ? AccessType.STORE : AccessType.LOAD, SUPERVISOR);
    }

    /// Must be called after a change of privilege or mstatus: notifies the monitor and checks for interrupts again.
    public void contextChanged() {
        contextChanged(instret());
    }

    /// @param at instructions that have retired before the change
    private void contextChanged(long at) {
        int now = context();
        if (now != context) {
            if (((now ^ context) & (3 | VIRTUAL)) != 0) {
                performance.privilegeChanged(at);
            }
            context = now;
            events.contextChanged();
        }
        interruptsChanged();
    }

    /// The state that selects the active TLBs. SUM matters only to supervisor accesses, MXR to all but machine-mode
    /// accesses.
    private int context() {
        int data = dataPrivilege();
        int own = privilege | data << 2
                | (data == SUPERVISOR && sum() ? 16 : 0)
                | (data != MACHINE && mxr() ? 32 : 0);
        if (hypervisor == null) {
            return own;
        }
        return own | (virtual ? VIRTUAL : 0) | (dataVirtual()
                ? 128 | hypervisor.readable() << 8 | (hypervisor.guestStatus.sum() ? 1024 : 0) : 0);
    }

    /// The value of time, a guest's own for a guest.
    public long time() {
        long time = events.time();
        return virtual ? hypervisor.time(time) : time;
    }

    /// Executes `sfence.vma` or `sinval.vma`.
    public void supervisorFence(long gva, boolean hasGva, long asid, boolean hasAsid, int bits) {
        FenceScope scope = fenceScope(gva, hasGva ? 1 : FenceScope.ALL, asid, hasAsid);
        if (virtual) {
            hypervisor.checkFence(bits);
            events.guestFenced(scope, hypervisor.vmid());
            return;
        }
        if (privilege == USER || privilege == SUPERVISOR && status.trapsVirtualMemory()) {
            throw TrapCause.illegal(bits);
        }
        events.fenced(scope);
    }

    /// Executes `hfence.vvma` or `hinval.vvma`.
    public void guestFence(long gva, boolean hasGva, long asid, boolean hasAsid, int bits) {
        hypervisor.checkOwn(false, bits);
        events.guestFenced(fenceScope(gva, hasGva ? 1 : FenceScope.ALL, asid, hasAsid), hypervisor.vmid());
    }

    /// Executes `hfence.gvma` or `hinval.gvma`.
    ///
    /// @param gpa guest-physical
    public void secondStageFence(long gpa, boolean hasGpa, long vmid, boolean hasVmid, int bits) {
        hypervisor.checkOwn(false, bits);
        if (privilege == SUPERVISOR && status.trapsVirtualMemory()) {
            throw TrapCause.illegal(bits);
        }
        events.secondStageFenced(new FenceScope(gpa, hasGpa ? 1 : FenceScope.ALL,
                hasVmid ? (int) vmid & TranslationMode.VMID_MASK : FenceScope.ALL));
    }

    /// What a fence of this hart covers. Bits of the ASID that are not implemented are ignored.
    ///
    /// @param bytes or -1 for all addresses
    public FenceScope fenceScope(long gva, long bytes, long asid, boolean hasAsid) {
        return new FenceScope(gva, bytes, hasAsid ? (int) asid & config.asidMask() : FenceScope.ALL);
    }

    /// Executes `sfence.w.inval` or `sfence.inval.ir`, which have nothing to order here.
    public void supervisorFenceOrdering(int bits) {
        if (privilege == USER) {
            throw virtual ? TrapCause.virtualInstruction(bits) : TrapCause.illegal(bits);
        }
    }

    /// @throws GuestTrap if the cache-block instruction `bits` is disabled at the current privilege
    public void checkCacheBlock(CacheBlockOp op, int bits) {
        if (privilege != MACHINE && !machineEnvironment.enables(op)
                || privilege == USER && !virtual && !supervisorEnvironment.enables(op)) {
            throw TrapCause.illegal(bits);
        }
        if (virtual && !(hypervisor.environment().enables(op)
                && (privilege == SUPERVISOR || supervisorEnvironment.enables(op)))) {
            throw TrapCause.virtualInstruction(bits);
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

    /// Sets the reservation of an `lr` that read `value` at a host address.
    public void reserve(long address, long value) {
        reservation = address;
        reservedValue = value;
    }

    /// Gives up the reservation for an `sc` to an address that now holds `value`.
    ///
    /// @return whether it may store: the address is the reserved one, and its value is unchanged
    public boolean release(long address, long value) {
        boolean held = reservation == address && reservedValue == value;
        reservation = NO_RESERVATION;
        return held;
    }

    /// Records a synchronous exception at [#pc], which is taken once the engine has written its state back.
    public void raise(GuestTrap trap) {
        raise(trap.cause(), trap.tval());
        pendingGuestPhysical = trap.guestPhysical();
        pendingInstruction = trap.instruction();
        pendingForGuest = dataVirtual();
    }

    /// Same as [#raise(GuestTrap)], for those that are no faults of memory.
    public void raise(int cause, long tval) {
        pendingGuestPhysical = 0;
        pendingInstruction = 0;
        pendingForGuest = false;
        trapPending = true;
        pendingCause = cause;
        pendingValue = tval;
        yieldRequested = true;
    }

    /// Replaces the hart's budget by another; its count stays the same.
    ///
    /// @return what [#giveBack] takes afterwards
    public long setAside(long budget) {
        long rest = remaining - budget;
        deadline -= rest;
        remaining -= rest;
        return rest;
    }

    /// Gives the hart back what [#setAside] took.
    public void giveBack(long instructions) {
        extend(instructions);
    }

    /// Lengthens the hart's budget; its count stays the same.
    public void extend(long instructions) {
        deadline += instructions;
        remaining += instructions;
    }

    /// Whether a firmware that is not guest code answers the pending trap.
    public boolean needsFirmware() {
        return trapPending && supervisorCalls != null && pendingCause == TrapCause.ENVIRONMENT_CALL + SUPERVISOR;
    }

    public boolean trapPending() {
        return trapPending;
    }

    /// Takes the exception recorded by [#raise].
    public void takePendingTrap() {
        trapPending = false;
        takeRaised(pendingCause, pendingValue);
    }

    /// Takes a synchronous exception at [#pc].
    public void takeTrap(int cause, long tval) {
        pendingGuestPhysical = 0;
        pendingInstruction = 0;
        pendingForGuest = false;
        takeRaised(cause, tval);
    }

    private void takeRaised(int cause, long tval) {
        if (supervisorCalls != null && cause == TrapCause.ENVIRONMENT_CALL + SUPERVISOR) {
            supervisorCalls.call(this);
            return;
        }
        boolean delegated = privilege <= SUPERVISOR && csrs.exceptionDelegated(cause);
        enter(delegated, delegated && virtual && csrs.exceptionDelegatedToGuest(cause), false, cause, tval);
    }

    /// Exception code of an environment call of the current mode.
    public int callCause() {
        return virtual && privilege == SUPERVISOR ? TrapCause.GUEST_ENVIRONMENT_CALL
                : TrapCause.ENVIRONMENT_CALL + privilege;
    }

    /// Takes the pending interrupt of highest priority that is enabled at the current privilege, if any, before the
    /// instruction at [#pc].
    public boolean takeInterrupt() {
        int set = interrupts.takeable();
        if (set == 0) {
            return false;
        }
        int cause = Interrupts.first(set);
        pendingGuestPhysical = 0;
        pendingInstruction = 0;
        pendingForGuest = false;
        enter((interrupts.delegated() & 1 << cause) != 0, (interrupts.delegatedToGuest() & 1 << cause) != 0, true,
                cause, 0);
        return true;
    }

    /// @param supervisor whether it goes to supervisor mode: to VS mode if `guest`, else to HS mode
    private void enter(boolean supervisor, boolean guest, boolean interrupt, int cause, long tval) {
        if (observer != null) {
            observer.trapTaken(interrupt, cause, tval);
        }
        int from = privilege;
        if (guest) {
            pc = hypervisor.enterGuest(from, pc, interrupt, cause, tval);
            privilege = SUPERVISOR;
            contextChanged();
            return;
        }
        if (hypervisor != null) {
            if (virtual) {
                events.guestExited(interrupt, cause);
            }
            hypervisor.enter(!supervisor, !interrupt && hasGuestAddress(cause), pendingGuestPhysical,
                    pendingInstruction);
            setVirtual(false);
        }
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

    /// Whether the value of an exception's tval is a virtual address of a guest.
    private boolean hasGuestAddress(int cause) {
        return switch (cause) {
            case TrapCause.LOAD_MISALIGNED, TrapCause.LOAD_ACCESS_FAULT, TrapCause.STORE_MISALIGNED,
                    TrapCause.STORE_ACCESS_FAULT, TrapCause.LOAD_PAGE_FAULT, TrapCause.STORE_PAGE_FAULT,
                    TrapCause.LOAD_GUEST_PAGE_FAULT, TrapCause.STORE_GUEST_PAGE_FAULT -> virtual || pendingForGuest;
            case TrapCause.FETCH_MISALIGNED, TrapCause.FETCH_ACCESS_FAULT, TrapCause.BREAKPOINT,
                    TrapCause.FETCH_PAGE_FAULT, TrapCause.FETCH_GUEST_PAGE_FAULT -> virtual;
            default -> false;
        };
    }

    /// Goes to a privilege, from outside of the guest; V becomes 0.
    public void enterMode(int mode) {
        setVirtual(false);
        privilege = mode;
        contextChanged();
    }

    private void setVirtual(boolean guest) {
        if (guest != virtual) {
            hypervisor.change(guest);
            virtual = guest;
        }
    }

    /// Executes `mret`, whose instruction is `bits`.
    public void machineReturn(int bits) {
        if (privilege != MACHINE) {
            throw TrapCause.illegal(bits);
        }
        pc = csrs.machineTrap.returnAddress();
        privilege = status.leaveMachine();
        if (hypervisor != null) {
            setVirtual(hypervisor.leaveMachine() && privilege != MACHINE);
        }
        contextChanged(instret() + 1);
    }

    /// Executes `sret`, whose instruction is `bits`.
    public void supervisorReturn(int bits) {
        if (virtual) {
            hypervisor.checkReturn(bits);
            pc = hypervisor.guestTrap.returnAddress();
            privilege = hypervisor.leaveGuest();
            contextChanged(instret() + 1);
            return;
        }
        if (privilege == USER || privilege == SUPERVISOR && status.trapsSupervisorReturn()) {
            throw TrapCause.illegal(bits);
        }
        pc = csrs.supervisorTrap.returnAddress();
        privilege = status.leaveSupervisor();
        if (hypervisor != null) {
            setVirtual(hypervisor.leaveSupervisor());
        }
        contextChanged(instret() + 1);
        events.returned();
    }

    /// Sets the level of a device's line: MSIP (3), MTIP (7), external SEIP (9) or MEIP (11).
    public void setLine(int bit, boolean level) {
        interrupts.setLine(bit, level);
    }

    /// Whether [#takeInterrupt] would take one.
    public boolean interruptPending() {
        return interrupts.takeable() != 0;
    }

    /// Must be called after a change of anything that interrupts depend on.
    void interruptsChanged() {
        if (interrupts.takeable() != 0) {
            yieldRequested = true;
        }
    }

    /// Lets a firmware that is not guest code keep the supervisor's timer, in stimecmp, where Sstc is not there: as if
    /// it took machine timer interrupts.
    public void keepTimer() {
        timerOfFirmware = true;
    }

    private boolean timerInCharge() {
        return machineEnvironment.supervisorTimer() || timerOfFirmware;
    }

    /// Checks whether time has reached stimecmp.
    public void updateTimer() {
        boolean inCharge = timerInCharge();
        interrupts.setTimer(inCharge, inCharge && stimecmp.reached(events.time()));
        if (hypervisor != null) {
            interrupts.setGuestTimer(hypervisor.timerExpired(events.time()));
        }
    }

    /// Value of mtime at which [#updateTimer] should be called; `Long.MAX_VALUE` for never: stimecmp is disabled, too
    /// large, or known to have been reached, and so is vstimecmp.
    public long stimecmpDeadline() {
        return hypervisor == null ? ownDeadline() : Math.min(ownDeadline(), interrupts.guestTimerExpired()
                ? Long.MAX_VALUE : hypervisor.timerDeadline(events.time()));
    }

    private long ownDeadline() {
        if (!timerInCharge() || interrupts.timerExpired()) {
            return Long.MAX_VALUE;
        }
        long value = stimecmp.read();
        return value < 0 ? Long.MAX_VALUE : value;
    }

    /// Executes `pause`, with which a spinning hart lets others run.
    public void pause() {
        if (!alone) {
            paused = true;
            yieldRequested = true;
        }
    }

    /// Whether `wfi` is an illegal instruction: always in user mode, in supervisor mode under TW.
    public boolean wfiIllegal() {
        return privilege == USER && !virtual || privilege != MACHINE && status.trapsWait();
    }

    /// @throws GuestTrap if `wfi`, which is the instruction `bits`, must not be executed
    public void checkWait(int bits) {
        if (wfiIllegal()) {
            throw TrapCause.illegal(bits);
        }
        if (virtual) {
            hypervisor.checkWait(bits);
        }
    }

    /// Whether a hart waiting in `wfi` resumes.
    public boolean wakeupPending() {
        return (interrupts.pending() & interrupts.enabled()) != 0;
    }

    /// Saves the whole state except the reservation to a snapshot, or restores it from one. No events are sent;
    /// afterwards the instruction budget is zero.
    public void transfer(State state) {
        state.numbers(registers, SINK); // what is in the sink depends on the engine
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
        performance.transfer(state);
        timerOfFirmware = state.flag(timerOfFirmware);
        csrs.transfer(state);
        if (hypervisor != null) {
            virtual = state.flag(virtual);
            pendingGuestPhysical = state.number(pendingGuestPhysical);
            pendingInstruction = state.number(pendingInstruction);
            pendingForGuest = state.flag(pendingForGuest);
        }
        context = context();
    }
}
