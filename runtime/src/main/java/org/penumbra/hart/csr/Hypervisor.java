// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import org.penumbra.hart.GuestTrap;
import org.penumbra.hart.Hart;
import org.penumbra.hart.TrapCause;
import org.penumbra.isa.Extension;
import org.penumbra.mmu.TranslationContext;
import org.penumbra.mmu.TranslationMode;

/// The registers of the hypervisor extension (version 1.0) of a hart, and what they decide.
///
/// The hart itself has the virtualization mode V, as [Hart#virtual]. What is called a guest here is what runs while V
/// is 1, in VS and VU mode.
public final class Hypervisor {
    /// Values of mtinst and htinst for a second-stage fault of the walk itself: a doubleword read, or written for A and
    /// D.
    public static final int TABLE_READ = 0x3000;
    public static final int TABLE_WRITTEN = 0x3020;

    /// What a guest's loads can read, [#readable]: what is readable; that, and what is executable in the first stage or
    /// in both; what is executable (`hlvx`).
    public static final int READABLE = 0;
    public static final int EXECUTABLE_IN_FIRST = 1;
    public static final int EXECUTABLE_IN_BOTH = 2;
    public static final int AS_FETCH = 3;

    public final HypervisorStatusCsr status;
    public final GuestStatusCsr guestStatus;
    public final TrapRegisters guestTrap = new TrapRegisters();
    final SatpCsr guestRoot;
    final SecondRootCsr secondRoot;
    final StimecmpCsr guestTimer;
    /// htimedelta: what a guest's time is ahead of the machine's.
    final TimerCsr timeDelta;
    final EnvironmentCsr environment;
    /// htval, htinst, mtval2 and mtinst.
    final PlainCsr value = new PlainCsr(PlainCsr.ALL);
    final PlainCsr instruction = new PlainCsr(PlainCsr.ALL);
    final PlainCsr machineValue = new PlainCsr(PlainCsr.ALL);
    final PlainCsr machineInstruction = new PlainCsr(PlainCsr.ALL);
    /// What the first stage of a guest's translation depends on.
    public final TranslationContext firstStage = new FirstStage();
    /// What the second stage depends on for an access of the guest itself, and for one of its first stage to a table.
    public final TranslationContext secondStage = new SecondStage(true);
    public final TranslationContext secondStageOfTables = new SecondStage(false);

    private final Hart hart;
    private final EnvironmentCsr machineEnvironment;
    private final EnvironmentCsr supervisorEnvironment;
    /// Whether an `hlv`, `hlvx` or `hsv` is being executed, and whether it is `hlvx`.
    private boolean accessing;
    private boolean asFetch;

    /// @param machine    menvcfg
    /// @param supervisor senvcfg
    public Hypervisor(Hart hart, EnvironmentCsr machine, EnvironmentCsr supervisor) {
        this.hart = hart;
        this.machineEnvironment = machine;
        this.supervisorEnvironment = supervisor;
        this.status = new HypervisorStatusCsr(hart);
        this.guestStatus = new GuestStatusCsr(hart);
        this.guestRoot = new SatpCsr(hart, true);
        this.secondRoot = new SecondRootCsr(hart);
        this.guestTimer = new StimecmpCsr(hart);
        this.timeDelta = new TimerCsr(hart);
        this.environment = EnvironmentCsr.hypervisor(hart, machine);
    }

    // ---- modes

    /// Called before V changes.
    public void change(boolean virtual) {
        if (virtual) {
            guestStatus.enterGuest();
        } else {
            guestStatus.leaveGuest();
        }
    }

    /// A trap into VS mode.
    ///
    /// @return the address of the handler
    public long enterGuest(int from, long pc, boolean interrupt, int cause, long tval) {
        guestStatus.enter(from);
        // Guests see their interrupts under the numbers of a supervisor's.
        return guestTrap.enter(pc, interrupt, interrupt ? cause - 1 : cause, tval);
    }

    /// A trap into HS or machine mode, before V and the privilege change.
    ///
    /// @param address whether the trap is one that puts a guest's virtual address into stval or mtval
    public void enter(boolean machine, boolean address, long guestPhysical, int transformed) {
        if (machine) {
            hart.status.enterMachine(hart.virtual, address);
        } else {
            status.enter(hart.virtual, hart.privilege, address);
        }
        (machine ? machineValue : value).write(guestPhysical >>> 2);
        (machine ? machineInstruction : instruction).write(transformed);
    }

    /// `sret` in VS mode.
    ///
    /// @return the privilege to return to
    public int leaveGuest() {
        return guestStatus.leave();
    }

    /// `sret` in HS mode.
    ///
    /// @return V
    public boolean leaveSupervisor() {
        return status.leave();
    }

    /// `mret`.
    ///
    /// @return V, if it does not return to machine mode
    public boolean leaveMachine() {
        return hart.status.leaveMachineForGuest();
    }

    // ---- what is permitted

    /// hstatus.VTVM.
    boolean trapsVirtualMemory() {
        return status.trapsVirtualMemory();
    }

    /// @throws GuestTrap if a guest must not execute `sret`, whose instruction is `bits`
    public void checkReturn(int bits) {
        if (hart.privilege == Hart.USER || status.trapsReturn()) {
            throw TrapCause.virtualInstruction(bits);
        }
    }

    /// @throws GuestTrap if a guest must not execute a fence of supervisor mode
    public void checkFence(int bits) {
        if (hart.privilege == Hart.USER || status.trapsVirtualMemory()) {
            throw TrapCause.virtualInstruction(bits);
        }
    }

    /// @throws GuestTrap if a guest must not wait for an interrupt, which machine mode permits
    public void checkWait(int bits) {
        if (hart.privilege == Hart.USER || status.trapsWait()) {
            throw TrapCause.virtualInstruction(bits);
        }
    }

    /// @param user whether hstatus.HU lets user mode do it, too
    /// @throws GuestTrap if the instruction is one of the hypervisor's and must not be executed here
    public void checkOwn(boolean user, int bits) {
        if (hart.virtual) {
            throw TrapCause.virtualInstruction(bits);
        }
        if (hart.privilege == Hart.USER && !(user && status.allowsUser())) {
            throw TrapCause.illegal(bits);
        }
    }

    /// What lets a guest execute cache-block instructions besides menvcfg.
    public EnvironmentCsr environment() {
        return environment;
    }

    boolean guestTimerAccessible() {
        return environment.supervisorTimer() && hart.csrs.counterAccessibleToGuest(1, Hart.SUPERVISOR);
    }

    // ---- time

    /// A guest's time at a time of the machine.
    public long time(long machine) {
        return machine + timeDelta.read();
    }

    /// Whether a guest's timer interrupt is pending.
    public boolean timerExpired(long machine) {
        return environment.supervisorTimer() && guestTimer.reached(time(machine));
    }

    /// The machine's time at which it will be, at a time when it is not; `Long.MAX_VALUE` for never.
    public long timerDeadline(long machine) {
        if (!environment.supervisorTimer()) {
            return Long.MAX_VALUE;
        }
        long left = guestTimer.read() - time(machine);
        return left < 0 || machine + left < 0 ? Long.MAX_VALUE : machine + left;
    }

    // ---- memory

    public long guestRoot() {
        return guestRoot.read();
    }

    /// hgatp.
    public long secondRoot() {
        return secondRoot.read();
    }

    /// VMID of hgatp.
    public int vmid() {
        return TranslationMode.vmid(secondRoot.read());
    }

    /// Begins `hlv`, `hlvx` or `hsv`: accesses of data are those of a guest.
    public void beginAccess(boolean fetch) {
        accessing = true;
        asFetch = fetch;
        hart.contextChanged();
    }

    public void endAccess() {
        accessing = false;
        asFetch = false;
        hart.contextChanged();
    }

    public boolean isAccessing() {
        return accessing;
    }

    /// The privilege of `hlv`, `hlvx` and `hsv`.
    public int accessPrivilege() {
        return status.previousPrivilege();
    }

    /// What a guest's loads can read, from [#READABLE] to [#AS_FETCH].
    public int readable() {
        return asFetch ? AS_FETCH : hart.mxr() ? EXECUTABLE_IN_BOTH
                : guestStatus.mxr() ? EXECUTABLE_IN_FIRST : READABLE;
    }

    /// How many of the highest bits of an address that a guest accesses are ignored ("Pointer Masking Extensions").
    public int ignoredBits(int privilege) {
        if (asFetch || firstStage.mxr()) {
            return 0;
        }
        if (privilege == Hart.SUPERVISOR) {
            return environment.ignoredBits();
        }
        return accessing && hart.privilege == Hart.USER ? status.ignoredBits() : supervisorEnvironment.ignoredBits();
    }

    /// The first stage, with the guest's status and environment.
    private final class FirstStage implements TranslationContext {
        @Override
        public boolean sum() {
            return guestStatus.sum();
        }

        @Override
        public boolean mxr() {
            return hart.mxr() || guestStatus.mxr();
        }

        @Override
        public boolean readsAsFetch() {
            return asFetch;
        }

        @Override
        public boolean pageMemoryTypes() {
            return environment.pageMemoryTypes();
        }

        @Override
        public boolean largeLeaves() {
            return hart.has(Extension.SVNAPOT);
        }

        @Override
        public boolean updatesAccessedDirty() {
            return environment.updatesAccessedDirty();
        }

        @Override
        public boolean allowsTable(long gpa, boolean update) {
            return true; // what the second stage says
        }
    }

    /// The second stage, all of whose accesses are those of a user.
    private final class SecondStage implements TranslationContext {
        private final boolean explicit;

        SecondStage(boolean explicit) {
            this.explicit = explicit;
        }

        @Override
        public boolean sum() {
            return false;
        }

        @Override
        public boolean mxr() {
            return explicit && hart.mxr();
        }

        @Override
        public boolean readsAsFetch() {
            return explicit && asFetch;
        }

        @Override
        public boolean pageMemoryTypes() {
            return machineEnvironment.pageMemoryTypes();
        }

        @Override
        public boolean largeLeaves() {
            return hart.has(Extension.SVNAPOT);
        }

        @Override
        public boolean updatesAccessedDirty() {
            return machineEnvironment.updatesAccessedDirty();
        }

        @Override
        public boolean allowsTable(long gpa, boolean update) {
            return hart.allowsTable(gpa, update);
        }
    }
}
