// SPDX-License-Identifier: Apache-2.0
package org.penumbra.hart.csr;

import com.oracle.truffle.api.CompilerDirectives.CompilationFinal;
import java.util.HashMap;
import java.util.Map;
import org.penumbra.hart.Hart;
import org.penumbra.hart.PerformanceMonitor;
import org.penumbra.hart.TrapCause;
import org.penumbra.isa.Extension;
import org.penumbra.snapshot.State;

/// All control and status registers of a hart, by number and by name.
///
/// A CSR instruction is [#check], then [#read] unless it is `csrrw` to x0, then [#write] unless it sets or clears
/// with x0. What it writes derives from [#readForUpdate].
public final class CsrFile {
    private static final int NUMBERS = 4096;
    private static final int COUNTERS = 32;
    private static final int TIME = 1;
    private static final String[] TRIGGERS = {"tselect", "tdata1", "tdata2", "tdata3", "tinfo"};
    private static final int STATE_ENABLES = 4;

    private final Hart hart;
    @CompilationFinal(dimensions = 1)
    private final Csr[] csrs = new Csr[NUMBERS];
    private final String[] names = new String[NUMBERS];
    private final Map<String, Integer> numbers = new HashMap<>();
    /// From sstatus to satp, the numbers of what is another register in a hypervisor's guest, that of a number higher
    /// by this.
    private static final int TO_GUEST = 0x100;

    private final Csr medeleg;
    /// hedeleg and hcounteren; unused without the hypervisor extension.
    private final Csr hedeleg = new PlainCsr(TrapCause.DELEGABLE_TO_GUESTS);
    private final Csr hcounteren = new PlainCsr(0xffff_ffffL);
    private final Csr mcounteren = new PlainCsr(0xffff_ffffL);
    private final Csr scounteren = new PlainCsr(0xffff_ffffL);
    private final EnvironmentCsr menvcfg;
    /// mstateen0, or null.
    private StateEnableCsr stateEnable;
    /// hstateen0, or null.
    private StateEnableCsr guestStateEnable;

    public final TrapRegisters machineTrap = new TrapRegisters();
    public final TrapRegisters supervisorTrap = new TrapRegisters();

    public CsrFile(Hart hart, SatpCsr satp, EnvironmentCsr menvcfg, EnvironmentCsr senvcfg, StimecmpCsr stimecmp) {
        this.hart = hart;
        this.menvcfg = menvcfg;
        this.medeleg = new PlainCsr(TrapCause.DELEGABLE | (hart.has(Extension.RV_H) ? TrapCause.OF_GUESTS : 0));
        addFloatingPoint();
        addSupervisor(satp, senvcfg, stimecmp);
        addMachine();
        addProtection();
        addTriggers();
        addCounters();
        addStateEnables();
        if (hart.hypervisor != null) {
            addHypervisor(hart.hypervisor);
        }
    }

    /// MXL 64 bits, and the letters of the extensions that have one.
    private long misa() {
        boolean bits = hart.has(Extension.ZBA) && hart.has(Extension.ZBB) && hart.has(Extension.ZBS);
        return 2L << 62 | letters(bits ? "ABCDFIMSU" : "ACDFIMSU")
                | letters(hart.has(Extension.RV_H) ? "H" : "");
    }

    private void addHypervisor(Hypervisor hypervisor) {
        add(0x200, "vsstatus", hypervisor.guestStatus);
        add(0x204, "vsie", new InterruptCsr(hart, InterruptCsr.Register.VSIE));
        add(0x205, "vstvec", hypervisor.guestTrap.tvec);
        add(0x240, "vsscratch", new PlainCsr(PlainCsr.ALL));
        add(0x241, "vsepc", hypervisor.guestTrap.epc);
        add(0x242, "vscause", hypervisor.guestTrap.cause);
        add(0x243, "vstval", hypervisor.guestTrap.tval);
        add(0x244, "vsip", new InterruptCsr(hart, InterruptCsr.Register.VSIP));
        add(0x24d, "vstimecmp", hypervisor.guestTimer);
        add(0x280, "vsatp", hypervisor.guestRoot);
        add(0x34a, "mtinst", hypervisor.machineInstruction);
        add(0x34b, "mtval2", hypervisor.machineValue);
        add(0x600, "hstatus", hypervisor.status);
        add(0x602, "hedeleg", hedeleg);
        add(0x603, "hideleg", new InterruptCsr(hart, InterruptCsr.Register.HIDELEG));
        add(0x604, "hie", new InterruptCsr(hart, InterruptCsr.Register.HIE));
        add(0x605, "htimedelta", hypervisor.timeDelta);
        add(0x606, "hcounteren", hcounteren);
        // No interrupt controller here has files for guests: GEILEN is 0.
        add(0x607, "hgeie", new ConstantCsr(0));
        add(0x60a, "henvcfg", hypervisor.environment);
        add(0x643, "htval", hypervisor.value);
        add(0x644, "hip", new InterruptCsr(hart, InterruptCsr.Register.HIP));
        add(0x645, "hvip", new InterruptCsr(hart, InterruptCsr.Register.HVIP));
        add(0x64a, "htinst", hypervisor.instruction);
        add(0x680, "hgatp", hypervisor.secondRoot);
        add(0xe12, "hgeip", new ConstantCsr(0));
    }

    private void addStateEnables() {
        if (!hart.has(Extension.SMSTATEEN)) {
            return;
        }
        for (int i = STATE_ENABLES - 1; i >= 0; i--) {
            stateEnable = StateEnableCsr.machine(i);
            add(0x30c + i, "mstateen" + i, stateEnable);
            if (hart.has(Extension.RV_H)) {
                guestStateEnable = StateEnableCsr.hypervisor(stateEnable);
                add(0x60c + i, "hstateen" + i, guestStateEnable);
            }
            add(0x10c + i, "sstateen" + i, StateEnableCsr.supervisor(stateEnable, guestStateEnable));
        }
    }

    private void addFloatingPoint() {
        add(0x001, "fflags", new FloatCsr(hart, true, false));
        add(0x002, "frm", new FloatCsr(hart, false, true));
        add(0x003, "fcsr", new FloatCsr(hart, true, true));
    }

    private void addSupervisor(SatpCsr satp, EnvironmentCsr senvcfg, StimecmpCsr stimecmp) {
        add(0x100, "sstatus", hart.status.supervisorView());
        add(0x104, "sie", new InterruptCsr(hart, InterruptCsr.Register.SIE));
        add(0x105, "stvec", supervisorTrap.tvec);
        add(0x106, "scounteren", scounteren);
        add(0x10a, "senvcfg", senvcfg);
        add(0x140, "sscratch", new PlainCsr(PlainCsr.ALL));
        add(0x141, "sepc", supervisorTrap.epc);
        add(0x142, "scause", supervisorTrap.cause);
        add(0x143, "stval", supervisorTrap.tval);
        add(0x144, "sip", new InterruptCsr(hart, InterruptCsr.Register.SIP));
        add(0x14d, "stimecmp", stimecmp);
        add(0x180, "satp", satp);
    }

    private void addMachine() {
        add(0x300, "mstatus", hart.status);
        add(0x301, "misa", new ConstantCsr(misa()));
        add(0x302, "medeleg", medeleg);
        add(0x303, "mideleg", new InterruptCsr(hart, InterruptCsr.Register.MIDELEG));
        add(0x304, "mie", new InterruptCsr(hart, InterruptCsr.Register.MIE));
        add(0x305, "mtvec", machineTrap.tvec);
        add(0x306, "mcounteren", mcounteren);
        add(0x30a, "menvcfg", menvcfg);
        add(0x340, "mscratch", new PlainCsr(PlainCsr.ALL));
        add(0x341, "mepc", machineTrap.epc);
        add(0x342, "mcause", machineTrap.cause);
        add(0x343, "mtval", machineTrap.tval);
        add(0x344, "mip", new InterruptCsr(hart, InterruptCsr.Register.MIP));
        add(0xf11, "mvendorid", new ConstantCsr(0));
        add(0xf12, "marchid", new ConstantCsr(0));
        add(0xf13, "mimpid", new ConstantCsr(0));
        add(0xf14, "mhartid", new ConstantCsr(hart.id()));
        add(0xf15, "mconfigptr", new ConstantCsr(0));
    }

    /// Debug triggers: none exist, and the only one that can be selected has type 0. Start-up code and debuggers probe
    /// for them; QEMU and Spike have these registers too. (Debug specification, "Trigger Module Registers".)
    private void addTriggers() {
        for (int i = 0; i < TRIGGERS.length; i++) {
            add(0x7a0 + i, TRIGGERS[i], new ConstantCsr(TRIGGERS[i].equals("tinfo") ? 1 : 0));
        }
    }

    private void addProtection() {
        for (int i = 0; i < 16; i += 2) {
            add(0x3a0 + i, "pmpcfg" + i, PmpCsr.config(hart, i));
        }
        for (int i = 0; i < 64; i++) {
            add(0x3b0 + i, "pmpaddr" + i, PmpCsr.address(hart, i));
        }
    }

    /// Counters that do not exist read 0.
    private void addCounters() {
        var mcycle = new CounterCsr(hart);
        var minstret = new CounterCsr(hart);
        PerformanceMonitor events = hart.performance.exists() ? hart.performance : null;
        add(0xb00, "mcycle", mcycle);
        add(0xb02, "minstret", minstret);
        add(0xc00, "cycle", new UserCounterCsr(hart, 0, mcycle));
        add(0xc01, "time", new UserCounterCsr(hart, TIME, null));
        add(0xc02, "instret", new UserCounterCsr(hart, 2, minstret));
        add(0x320, "mcountinhibit", new CounterInhibitCsr(mcycle, minstret, events));
        for (int i = PerformanceMonitor.FIRST; i < COUNTERS; i++) {
            int index = i - PerformanceMonitor.FIRST;
            boolean exists = events != null && index < PerformanceMonitor.COUNTERS;
            Csr counter = exists ? new EventCsr(events, index, false) : new ConstantCsr(0);
            add(0x320 + i, "mhpmevent" + i, exists ? new EventCsr(events, index, true) : new ConstantCsr(0));
            add(0xb00 + i, "mhpmcounter" + i, counter);
            add(0xc00 + i, "hpmcounter" + i, new UserCounterCsr(hart, i, counter));
        }
        if (events != null) {
            add(0xda0, "scountovf", new OverflowCsr(hart));
        }
    }

    private void add(int number, String name, Csr csr) {
        if (csrs[number] != null) {
            throw new IllegalStateException(name + " has the number of " + names[number]);
        }
        csrs[number] = csr;
        names[number] = name;
        numbers.put(name, number);
    }

    private static long letters(String letters) {
        return letters.chars().mapToLong(letter -> 1L << letter - 'A').reduce(0, (a, b) -> a | b);
    }

    public void reset() {
        for (Csr csr : csrs) {
            if (csr != null) {
                csr.reset();
            }
        }
    }

    /// Checks that a CSR instruction may be executed at the current privilege.
    ///
    /// @param writes whether it writes the CSR
    /// @param bits   the instruction
    /// @return the number of the register that it accesses: another one than it names in a hypervisor's guest
    /// @throws org.penumbra.hart.GuestTrap illegal or virtual instruction
    public int check(int number, boolean writes, int bits) {
        if (hart.virtual) {
            return checkGuest(number, writes, bits);
        }
        Csr csr = csrs[number];
        // Bits 11:10 of the number both set mean read-only.
        if (csr == null || hart.privilege < lowest(number) || writes && number >>> 10 == 3
                || !csr.accessible(hart.privilege)) {
            throw TrapCause.illegal(bits);
        }
        return number;
    }

    /// The lowest privilege, bits 9:8 of the number; those of 2 belong to the hypervisor, which is in supervisor mode.
    private static int lowest(int number) {
        int field = number >>> 8 & 3;
        return field == 2 ? Hart.SUPERVISOR : field;
    }

    /// In VS and VU mode ("Virtual-Instruction Exceptions"): what HS mode could not do is illegal, what only it may do
    /// is a virtual instruction.
    private int checkGuest(int number, boolean writes, int bits) {
        int own = guestNumber(number);
        Csr csr = csrs[own];
        if (csr == null || lowest(number) == Hart.MACHINE || writes && number >>> 10 == 3
                || !csr.accessible(Hart.SUPERVISOR)) {
            throw TrapCause.illegal(bits);
        }
        if (hart.privilege < lowest(number) || (number >>> 8 & 3) == 2 || !csr.accessibleToGuest(hart.privilege)) {
            throw TrapCause.virtualInstruction(bits);
        }
        return own;
    }

    /// The register that a number means in the hart's mode.
    public int accessed(int number) {
        return hart.virtual ? guestNumber(number) : number;
    }

    /// The register that a number means in VS mode.
    private int guestNumber(int number) {
        boolean supervisors = number >>> 8 == 1 && csrs[number + TO_GUEST] != null;
        return supervisors ? number + TO_GUEST : number;
    }

    /// The value that a CSR instruction puts in rd; call [#check] first.
    public long read(int number) {
        return csrs[number].read();
    }

    /// The value that `csrrs` and `csrrc` combine with their operand. It differs from [#read] for mip, where the
    /// interrupt controller's SEIP must not be copied to the software-writable bit (privileged specification, "mip and
    /// mie").
    public long readForUpdate(int number) {
        return csrs[number].readForUpdate();
    }

    /// Writes the legal part of `value`; call [#check] first.
    public void write(int number, long value) {
        csrs[number].write(value);
    }

    public boolean exists(int number) {
        return csrs[number] != null;
    }

    /// Name in the specification, or null if there is no such CSR.
    public String name(int number) {
        return names[number];
    }

    /// The number of the CSR with this name, or -1.
    public int number(String name) {
        return numbers.getOrDefault(name, -1);
    }

    public boolean exceptionDelegated(int cause) {
        return (medeleg.read() >>> cause & 1) != 0;
    }

    /// Whether the hypervisor hands an exception of its guest to the guest.
    public boolean exceptionDelegatedToGuest(int cause) {
        return (hedeleg.read() >>> cause & 1) != 0;
    }

    boolean counterAccessibleToGuest(int index, int privilege) {
        return (hcounteren.read() >>> index & 1) != 0
                && (privilege == Hart.SUPERVISOR || (scounteren.read() >>> index & 1) != 0);
    }

    boolean counterAccessible(int index, int privilege) {
        return privilege == Hart.MACHINE
                || (mcounteren.read() >>> index & 1) != 0
                && (privilege == Hart.SUPERVISOR || (scounteren.read() >>> index & 1) != 0);
    }

    /// mcounteren, and hcounteren for a guest of a hypervisor.
    long visibleCounters(boolean guest) {
        return guest ? mcounteren.read() & hcounteren.read() : mcounteren.read();
    }

    /// Whether supervisor mode reaches senvcfg.
    boolean allowsEnvironment() {
        return stateEnable == null || stateEnable.environment();
    }

    /// Whether VS mode does.
    boolean allowsGuestEnvironment() {
        return guestStateEnable == null || guestStateEnable.environment();
    }

    boolean supervisorTimerAccessible() {
        return menvcfg.supervisorTimer() && (mcounteren.read() >>> TIME & 1) != 0;
    }

    /// Saves or restores the state of all registers.
    public void transfer(State state) {
        for (Csr csr : csrs) {
            if (csr != null) {
                csr.transfer(state);
            }
        }
    }
}
